import { createClient, defineScript, RESP_TYPES, type CommandParser } from 'redis-6';
import { resilient, type Resilient } from 'redis-resilience';
import { expectTypeOf } from 'vitest';

const double = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: 'return redis.call("INCRBY", KEYS[1], ARGV[1] * 2)',
  parseCommand(parser: CommandParser, key: string, by: number) {
    parser.pushKey(key);
    parser.push(String(by));
  },
  transformReply: (reply: number): number => reply,
});

const count = {
  NUMBER_OF_KEYS: 1,
  parseCommand(parser: CommandParser, key: string) {
    parser.pushKey(key);
  },
  transformReply: (reply: number): number => reply,
};

const client = createClient({
  scripts: { double },
  functions: { library: { count } },
  modules: { own: { count } },
});
const redis = resilient(client);
type Client = typeof client;
type Redis = typeof redis;

/** A wrapped client can stand wherever the client stood. */
export const original: typeof client = redis;
export const chained: Resilient<typeof client> = await redis.connect();

expectTypeOf(redis.get).toEqualTypeOf(client.get);
expectTypeOf(await redis.get('k')).toEqualTypeOf<string | null>();
expectTypeOf(redis.set).toEqualTypeOf(client.set);
expectTypeOf<Redis['scanIterator']>().toEqualTypeOf<Client['scanIterator']>();
for await (const keys of redis.scanIterator()) expectTypeOf(keys).toEqualTypeOf<string[]>();
expectTypeOf(redis.isReady).toEqualTypeOf<boolean>();

// Modules, those of redis and the user's own; libraries of functions; scripts.
expectTypeOf(redis.json.get).toEqualTypeOf(client.json.get);
expectTypeOf(redis.ft.search).toEqualTypeOf(client.ft.search);
expectTypeOf(redis.ts.add).toEqualTypeOf(client.ts.add);
expectTypeOf(redis.bf.exists).toEqualTypeOf(client.bf.exists);
expectTypeOf(await redis.own.count('k')).toEqualTypeOf<number>();
expectTypeOf(await redis.library.count('k')).toEqualTypeOf<number>();
expectTypeOf(redis.double).toEqualTypeOf(client.double);
expectTypeOf(await redis.double('k', 2)).toEqualTypeOf<number>();
// @ts-expect-error the script takes a number
await redis.double('k', '2');
// @ts-expect-error there is no such command
await redis.noSuchCommand('k');
// @ts-expect-error a key is a string or bytes
await redis.get(5);

expectTypeOf(await redis.multi().set('k', 'v').get('k').exec()).toEqualTypeOf(
  await client.multi().set('k', 'v').get('k').exec(),
);
expectTypeOf<Redis['subscribe']>().toEqualTypeOf<Client['subscribe']>();

expectTypeOf(
  await redis.multi().incr('k').own.count('k').library.count('k').double('k', 2).execTyped(),
).toEqualTypeOf<[number, number, number, number]>();

// Views: a type mapping, options of commands, the callbacks of old, and a copy.
const mapping = { [RESP_TYPES.BLOB_STRING]: Buffer };
const buffers = redis.withTypeMapping(mapping);
expectTypeOf(await buffers.get('k')).toEqualTypeOf<Buffer | null>();
expectTypeOf(await buffers.hGetAll('k')).toEqualTypeOf<Record<string, Buffer>>();
expectTypeOf(await buffers.multi().get('k').execTyped()).toEqualTypeOf<[Buffer | null]>();
expectTypeOf<Redis['withCommandOptions']>().toEqualTypeOf<Client['withCommandOptions']>();
expectTypeOf<Redis['withAbortSignal']>().toEqualTypeOf<Client['withAbortSignal']>();
expectTypeOf<Redis['asap']>().toEqualTypeOf<Client['asap']>();
expectTypeOf<Redis['legacy']>().toEqualTypeOf<Client['legacy']>();
expectTypeOf<Redis['duplicate']>().toEqualTypeOf<Client['duplicate']>();
expectTypeOf<Redis['createPool']>().toEqualTypeOf<Client['createPool']>();

// The members of the wrapper are there too, also behind `connect` and on its own views, which keep all.
expectTypeOf((await redis.connect()).resilience).toEqualTypeOf(redis.resilience);
expectTypeOf(redis.resilience.strict.resilience.state).toEqualTypeOf<
  'closed' | 'open' | 'half-open'
>();
for (const view of [redis.resilience.strict, redis.resilience.with({ retry: false })]) {
  expectTypeOf(view).toEqualTypeOf<Redis>();
  expectTypeOf(view.get).toEqualTypeOf(client.get);
  expectTypeOf(view.json.get).toEqualTypeOf(client.json.get);
  expectTypeOf(await view.own.count('k')).toEqualTypeOf<number>();
  expectTypeOf(await view.double('k', 2)).toEqualTypeOf<number>();
  expectTypeOf(await view.withTypeMapping(mapping).get('k')).toEqualTypeOf<Buffer | null>();
}
