import { rootOf, type AnyClient } from '../commands/client.ts';

/**
 * The options that a cluster or sentinel was made with. Those of redis 4 clusters and of sentinels are
 * private, but duplicating passes them on to the object's constructor: for the length of that call it
 * is one that only looks at them.
 */
export function optionsOf(template: AnyClient): Readonly<Record<string, unknown>> {
  const root = rootOf(template);
  if (root._options) return root._options;
  const prototype = Object.getPrototypeOf(root) as object;
  let options: Readonly<Record<string, unknown>> = {};
  const Observer = function (given: typeof options) {
    options = given;
  };
  Object.setPrototypeOf(
    root,
    Object.create(prototype, { constructor: { value: Observer } }) as object,
  );
  try {
    root.duplicate();
  } finally {
    Object.setPrototypeOf(root, prototype);
  }
  return options;
}
