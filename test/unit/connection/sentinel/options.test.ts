import { expect, it } from 'vitest';
import type { AnyClient } from '../../../../src/commands/client.ts';
import { nodeTemplate } from '../../../../src/connection/sentinel/options.ts';

/** What a client to the master is made with, where the sentinel is like this. */
function madeWith(sentinel: object, options: object): object | undefined {
  let given: object | undefined;
  Object.assign(sentinel, { _self: sentinel, _options: options });
  nodeTemplate(sentinel as AnyClient, (all) => {
    given = all;
    return {} as AnyClient;
  });
  return given;
}

const OPTIONS = { name: 'mymaster', sentinelRootNodes: [], RESP: 3, keyPrefix: 'app:' };

it('makes clients to the master with what the sentinel says of commands and of nodes', () => {
  const nodeClientOptions = { password: 'secret', database: 3 };
  expect(madeWith({}, { ...OPTIONS, nodeClientOptions })).toStrictEqual({
    ...{ RESP: 3, keyPrefix: 'app:' },
    ...nodeClientOptions,
  });
});

it('gives them the view and the cache of the sentinel, where it has some', () => {
  const [commandOptions, clientSideCache] = [{ asap: true }, {}];
  const made = madeWith({ commandOptions, clientSideCache }, OPTIONS);
  expect(made).toStrictEqual({ RESP: 3, keyPrefix: 'app:', commandOptions, clientSideCache });
  expect(Reflect.get(made!, 'clientSideCache')).toBe(clientSideCache);
});
