import { commandOptions, createClient } from 'redis-4';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { READS } from '../../src/commands/replay-reads.ts';
import { SERVER } from '../../src/commands/replay-server.ts';
import { WRITES } from '../../src/commands/replay-writes.ts';
import { replayClassOf } from '../../src/commands/replay.ts';
import { commandName } from '../../src/commands/wire.ts';
import { RedisServer } from '../support/redis-server.ts';

/** A command, and the commands that prepare for it. */
type Case = readonly [command: string, ...setup: string[]];

/** Stands for the DUMP of the key `src`. */
const PAYLOAD = '<payload>';

const list = 'RPUSH k a b c b a';
const sets = ['SADD a 1 2 3', 'SADD b 2 3 4'];
const scores = ['ZADD a 1 x 2 y 3 z', 'ZADD b 5 y 6 z'];
const places = 'GEOADD k 13.36 38.11 p 15.08 37.5 q';
const hyperloglogs = ['PFADD a 1 2', 'PFADD b 3'];
const bits = ['SET a abc', 'SET b xyz'];
const stream = ['XADD k 1-1 f v', 'XADD k 2-1 f v', 'XGROUP CREATE k g 0'];
const pending = [...stream, 'XREADGROUP GROUP g c COUNT 1 STREAMS k >'];

const sameReply: Case[] = [
  ['SET k v'],
  ['SET k v EX 100', 'SET k old'],
  ['SET k v PXAT 1'],
  ['SET k v KEEPTTL', 'SET k old EX 100'],
  ['SETEX k 100 v'],
  ['PSETEX k 100000 v'],
  ['MSET a 1 b 2', 'SET a old'],
  ['HMSET k f v', 'HSET k f old'],
  ['LSET k 1 v', list],
  ['SETRANGE k 3 v', 'SET k old'],
  ['PFMERGE c a b', ...hyperloglogs],
  ['PFMERGE a a b', ...hyperloglogs],
  ['SINTERSTORE c a b', ...sets],
  ['SINTERSTORE a a b', ...sets],
  ['SUNIONSTORE c a b', ...sets],
  ['SUNIONSTORE b a b', ...sets],
  ['SDIFFSTORE c a b', ...sets],
  ['ZDIFFSTORE c 2 a b', ...scores],
  ['ZINTERSTORE c 2 a b', ...scores],
  ['ZUNIONSTORE c 2 a b WEIGHTS 2 3', ...scores],
  ['ZRANGESTORE c a 1 -1', ...scores],
  ['GEOSEARCHSTORE c k FROMMEMBER p BYRADIUS 900 km STOREDIST', places],
  ['GEORADIUS k 13 38 900 km STORE c', places],
  ['GEORADIUSBYMEMBER k p 900 km STOREDIST c', places],
  ['BITOP AND c a b', ...bits],
  ['BITOP XOR c a b', ...bits],
  ['BITOP NOT c a', ...bits],
  ['COPY a b REPLACE', ...bits],
  [`RESTORE k 0 ${PAYLOAD} REPLACE`, 'SET k old', 'SET src v'],
  ['LTRIM k 0 2', list],
  ['LTRIM k 0 9', list],
  ['LTRIM k -2 -1', list],
  ['LTRIM k -9 -1', list],
  ['LTRIM k 0 -1', list],
  ['SORT k ALPHA LIMIT 1 2 STORE c', list],
  ['SCRIPT LOAD return'],
];

const sameState: Case[] = [
  ['DEL k', 'SET k v'],
  ['UNLINK k', 'SET k v'],
  ['HSET k f v', 'HSET k g w'],
  ['HDEL k f', 'HSET k f v g w'],
  ['SADD k v'],
  ['SREM k 1', 'SADD k 1 2'],
  ['PFADD k v'],
  ['PERSIST k', 'SET k v EX 100'],
  ['EXPIRE k 100', 'SET k v'],
  ['EXPIRE k -1', 'SET k v'],
  ['EXPIREAT k 4000000000', 'SET k v'],
  ['PEXPIRE k 100000', 'SET k v'],
  ['PEXPIREAT k 1', 'SET k v'],
  ['GETEX k EX 100', 'SET k v'],
  ['GETEX k PERSIST', 'SET k v EX 100'],
  ['GETEX k PXAT 1', 'SET k v'],
  ['SETBIT k 9 1', 'SET k v'],
  ['BITFIELD k GET u8 0 SET u8 0 9', 'SET k v'],
  ['ZADD k CH 1 x', 'ZADD k 2 x 3 y'],
  ['GEOADD k 1 1 p', places],
  ['ZREM a x', ...scores],
  ['ZREMRANGEBYSCORE a 1 2', ...scores],
  ['ZREMRANGEBYLEX k - [b', 'ZADD k 0 a 0 b 0 c'],
  ['LREM k 0 b', list],
  ['XDEL k 1-1', ...stream],
  ['XTRIM k MAXLEN 1', ...stream],
  ['XACK k g 1-1', ...pending],
  ['XGROUP CREATECONSUMER k g d', ...stream],
  ['XGROUP DELCONSUMER k g c', ...pending],
  ['XGROUP DESTROY k g', ...stream],
];

/** What the arguments make unsafe, though the command may look like one of the above. */
const unsafe: Case[] = [
  ['INCR k'],
  ['APPEND k v'],
  ['LTRIM k 1 -1', list],
  ['LTRIM k 0 -2', list],
  ['LREM k 1 b', list],
  ['ZREMRANGEBYRANK a 0 0', ...scores],
  ['SDIFFSTORE a b a', ...sets],
  ['ZUNIONSTORE a 2 a b', ...scores],
  ['ZRANGESTORE a a 1 -1', ...scores],
  ['GEOSEARCHSTORE k k FROMMEMBER p BYRADIUS 900 km STOREDIST', places],
  ['BITOP XOR a a b', ...bits],
  ['SORT k ALPHA LIMIT 1 9 STORE k', list],
  ['SET k v NX'],
  ['SET k v GET', 'SET k old'],
  ['SETNX k v'],
  ['GETDEL k', 'SET k v'],
  ['GETSET k v', 'SET k old'],
  ['EXPIRE k 100 NX', 'SET k v'],
  ['COPY a c', ...bits],
  [`RESTORE k 0 ${PAYLOAD}`, 'SET src v'],
  ['RENAME a b', ...bits],
  ['ZADD k NX 1 x'],
  ['ZADD k INCR 1 x'],
  ['BITFIELD k INCRBY u8 0 1'],
  ['XADD k 1-1 f v'],
  ['XGROUP CREATE k h 0', ...stream],
];

describe('a command that runs twice', () => {
  let server: RedisServer;
  let client: ReturnType<typeof createClient>;

  beforeAll(async () => {
    server = await RedisServer.start();
    client = createClient({ url: server.url });
    await client.connect();
  });

  beforeEach(async () => {
    await client.flushAll();
  });

  afterAll(async () => {
    await client.disconnect();
    await server.stop();
  });

  async function run(command: string): Promise<unknown> {
    const payload = await client.dump(commandOptions({ returnBuffers: true }), 'src');
    const args = command.split(' ').map((word) => (word === PAYLOAD ? payload : word));
    return client.sendCommand(args).catch(String);
  }

  async function state(): Promise<unknown> {
    const keys = (await client.keys('*')).sort();
    return Promise.all(
      keys.map(async (key) => {
        const dump = await client.dump(commandOptions({ returnBuffers: true }), key);
        return [key, dump.toString('hex'), (await client.pTTL(key)) > 0];
      }),
    );
  }

  async function twice([command, ...setup]: Case): Promise<{
    replies: unknown[];
    states: unknown[];
  }> {
    for (const step of setup) await run(step);
    const replies = [await run(command)];
    const states = [await state()];
    replies.push(await run(command));
    states.push(await state());
    return { replies, states };
  }

  it.each(sameReply)(
    'leaves the same state and answers the same: %s',
    async (...scenario: Case) => {
      const { replies, states } = await twice(scenario);
      expect(classOf(scenario)).toBe('same-reply');
      expect(String(replies[0])).not.toMatch(/Error/);
      expect(replies[1]).toEqual(replies[0]);
      expect(states[1]).toEqual(states[0]);
    },
  );

  it.each(sameState)('leaves the same state: %s', async (...scenario: Case) => {
    const { replies, states } = await twice(scenario);
    expect(classOf(scenario)).toBe('same-state');
    expect(String(replies[0])).not.toMatch(/Error/);
    expect(states[1]).toEqual(states[0]);
  });

  it.each(unsafe)('changes the state or the reply: %s', async (...scenario: Case) => {
    const { replies, states } = await twice(scenario);
    expect(classOf(scenario)).toBe('unsafe');
    expect(String(replies[0])).not.toMatch(/Error/);
    expect([replies[1], states[1]]).not.toEqual([replies[0], states[0]]);
  });

  it('is run here if it may be replayed and this server has it', async () => {
    const replayable = [...READS, ...WRITES, ...SERVER]
      .filter(([rule]) => rule !== 'read' && rule !== 'unsafe')
      .flatMap(([, commands]) => commands.split(',').map((name) => name.trim()))
      .filter((name) => !['ACL LOG', 'XADD'].includes(name)); // a read, or safe only with IDMP
    const info = await client.sendCommand<unknown[]>([
      ...['COMMAND', 'INFO'],
      ...replayable.map((name) => name.replace(' ', '|')),
    ]);
    const known = replayable.filter((_, index) => info[index] !== null);
    const tried = new Set([...sameReply, ...sameState].map(([c]) => commandName(c.split(' '))));
    expect(known.length).toBeGreaterThan(40);
    expect(known.filter((name) => !tried.has(name))).toEqual([]);
  });
});

function classOf([command]: Case): string {
  return replayClassOf(command.split(' '));
}
