/** Every name on an object and its prototypes, up to the one that all objects share. */
export function memberNames(object: object): string[] {
  const names = new Set<string>();
  for (const at of chainOf(object)) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  }
  return [...names];
}

/** The symbols behind which an object has a method. */
export function symbolMethods(object: object): symbol[] {
  return chainOf(object)
    .flatMap((at) => Object.getOwnPropertySymbols(at))
    .filter((symbol) => typeof Reflect.get(object, symbol) === 'function');
}

function chainOf(object: object): object[] {
  const chain: object[] = [];
  let at: object | null = object;
  // Namespaces of redis 5 have no prototype in the end.
  while (at !== null && at !== Object.prototype) {
    chain.push(at);
    at = Object.getPrototypeOf(at) as object | null;
  }
  return chain;
}
