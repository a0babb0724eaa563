import { createClient, defineScript, RESP_TYPES, type CommandParser } from 'redis-5';
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

const client = createClient({ scripts: { double } });
const redis = resilient(client);
type Client = typeof client;
type Redis = typeof redis;

/** A wrapped client can stand wherever the client stood. */
export const original: typeof client = redis;
export const chained: Resilient<typeof client> = await redis.connect();

expectTypeOf(redis.get).toEqualTypeOf(client.get);
expectTypeOf(await redis.get('k')).toEqualTypeOf<string | null>();
expectTypeOf(redis.set).toEqualTypeOf(client.set);
expectTypeOf(redis.json.get).toEqualTypeOf(client.json.get);
expectTypeOf(redis.ft.search).toEqualTypeOf(client.ft.search);
expectTypeOf<Redis['scanIterator']>().toEqualTypeOf<Client['scanIterator']>();
expectTypeOf(redis.isReady).toEqualTypeOf<boolean>();

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

const mapping = { [RESP_TYPES.BLOB_STRING]: Buffer };
expectTypeOf(await redis.withTypeMapping(mapping).get('k')).toEqualTypeOf(
  await client.withTypeMapping(mapping).get('k'),
);
expectTypeOf(await redis.withTypeMapping(mapping).get('k')).not.toEqualTypeOf(await redis.get('k'));
expectTypeOf<Redis['withAbortSignal']>().toEqualTypeOf<Client['withAbortSignal']>();

// The members of the wrapper are there too, also behind `connect` and on views.
expectTypeOf((await redis.connect()).resilience).toEqualTypeOf(redis.resilience);
expectTypeOf(redis.resilience.strict.get).toEqualTypeOf(client.get);
expectTypeOf(redis.resilience.with({ retry: false }).get).toEqualTypeOf(client.get);
expectTypeOf(redis.resilience.strict.resilience.state).toEqualTypeOf<
  'closed' | 'open' | 'half-open'
>();
