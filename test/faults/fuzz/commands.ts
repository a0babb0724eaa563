import type { AnyClient } from '../../support/clients.ts';

/** What only one call uses. */
export interface Own {
  readonly key: string;
  /** Of five digits, so that every call's replies are as long as those of the sample. */
  readonly number: number;
}

/** A command whose one right answer is known; it changes nothing but its own key. */
export interface Command {
  readonly name: string;
  run(client: AnyClient, own: Own): Promise<unknown>;
  /** The right answer; without it, that of the bare client on a connection that nobody damages. */
  answer?(own: Own): unknown;
}

const SIZES = [0, 1, 2, 3, 10, 63, 64, 65, 500, 4_096, 70_000];

/** A text that looks like replies from within, so that a shifted stream finds some to decode. */
function textOf(size: number): string {
  return `text ${size}\r\n+OK\r\n$3\r\nyes\r\n:1\r\n`.repeat(Math.ceil(size / 25)).slice(0, size);
}

const items = (count: number) => Array.from({ length: count }, (_, index) => `item-${index}`);

/** What the server holds for all cases. */
export const DATA: readonly (readonly string[])[] = [
  ...SIZES.map((size) => ['SET', `text:${size}`, textOf(size)]),
  ...[1, 5, 40].map((count) => ['RPUSH', `list:${count}`, ...items(count)]),
  ['HSET', 'hash', ...items(10)],
  ['SADD', 'set', ...items(6)],
  ['ZADD', 'zset', '1.5', 'one', '-2', 'two', '1e21', 'three', 'inf', 'four'],
];

const texts: Command[] = SIZES.map((size) => ({
  name: `GET of ${size} bytes`,
  run: (client) => client.get(`text:${size}`),
  answer: () => textOf(size),
}));

const lists: Command[] = [0, 1, 5, 40].map((count) => ({
  name: `LRANGE of ${count} items`,
  run: (client) => client['lRange'](`list:${count}`, 0, -1),
  answer: () => items(count),
}));

/** Every type of RESP3 that the clients decode; in RESP2 what the server makes of it. */
const types: Command[] = ['string', 'integer', 'double', 'bignum', 'null', 'verbatim', 'true'].map(
  (type) => ({
    name: `DEBUG PROTOCOL ${type}`,
    run: (client) => client.sendCommand(['DEBUG', 'PROTOCOL', type]),
  }),
);

export const COMMANDS: readonly Command[] = [
  ...texts,
  ...lists,
  ...types,
  {
    name: 'GET of nothing',
    run: (client) => client.get('nothing'),
    answer: () => null,
  },
  {
    name: 'MGET',
    run: (client) => client.mGet(['text:1', 'nothing', 'text:500', 'text:0']),
    answer: () => [textOf(1), null, textOf(500), ''],
  },
  {
    name: 'STRLEN',
    run: (client) => client['strLen']('text:4096'),
    answer: () => 4_096,
  },
  { name: 'HGETALL', run: (client) => client['hGetAll']('hash') },
  { name: 'SMEMBERS', run: (client) => client['sMembers']('set') },
  { name: 'ZSCORE', run: (client) => client['zScore']('zset', 'one'), answer: () => 1.5 },
  { name: 'ZRANGE', run: (client) => client['zRangeWithScores']('zset', 0, -1) },
  { name: 'CONFIG GET', run: (client) => client['configGet']('maxmemory*') },
  { name: 'HGET of a string', run: (client) => client['hGet']('text:1', 'field') },
  { name: 'a command that is none', run: (client) => client.sendCommand(['NONE']) },
  {
    name: 'ECHO',
    run: (client, { key }) => client.sendCommand(['ECHO', key]),
    answer: ({ key }) => key,
  },
  {
    name: 'SET',
    run: (client, { key, number }) => client.set(key, String(number)),
    answer: () => 'OK',
  },
  {
    name: 'INCRBY',
    run: (client, { key, number }) => client['incrBy'](key, number),
    answer: ({ number }) => number,
  },
  {
    name: 'MULTI',
    run: (client, { key, number }) =>
      client.multi().get('text:10').incrBy(key, number).lRange('list:5', 0, -1).exec(),
    answer: ({ number }) => [textOf(10), number, items(5)],
  },
];
