import { describe, expect, it, type TestContext } from 'vitest';
import type { ResilienceError } from 'redis-resilience';
import { BRISK, connected, proxy } from '../integration/wrapped.ts';
import { majors } from '../support/clients.ts';
import { definitions, LIBRARY } from './definitions.ts';
import { sharedServer } from './shared-server.ts';

type Failed = Pick<ResilienceError, 'execution'>;

const control = sharedServer();

describe.each(majors)("the user's own commands on $name", (version) => {
  const client = (test: TestContext, port = control().port) =>
    connected(test, version, port, BRISK, definitions(version));

  it('run: scripts, functions and modules, also within a transaction', async (test) => {
    const redis = await client(test);
    await control().command('FUNCTION', 'LOAD', LIBRARY);
    await expect(redis['bump']('k', '2')).resolves.toBe(2);
    await expect(redis['look']('k')).resolves.toBe('2');
    await expect(redis['lib'].add('k', '3')).resolves.toBe(5);
    await expect(redis['lib'].peek('k')).resolves.toBe('5');
    await expect(redis['mine'].getRange('k', '0', '-1')).resolves.toBe('5');
    const multi = redis.multi().bump('k', '1');
    await expect(multi.lib.add('k', '1').mine.getRange('k', '0', '0').exec()).resolves.toEqual([
      ...[6, 7, '7'],
    ]);
  });

  it('are sent by their text where the server has forgotten a script: one call, one attempt', async (test) => {
    const redis = await client(test);
    await redis['bump']('k', '1');
    await control().command('SCRIPT', 'FLUSH');
    const { attempts } = redis.resilience.stats();
    await expect(redis['bump']('k', '1')).resolves.toBe(2);
    expect(redis.resilience.stats().attempts - attempts).toBe(1);
    // Asked for by its digest, it is a script that is not there.
    await expect(redis.sendCommand(['EVALSHA', 'f'.repeat(40), '0'])).rejects.toMatchObject({
      kind: 'not-found',
      command: 'EVALSHA',
    });
  });

  it('are named by what they send, in errors', async (test) => {
    const redis = await client(test);
    await control().command('LPUSH', 'list', 'v');
    await control().command('FUNCTION', 'LOAD', LIBRARY);
    const failures = {
      EVAL: () => redis['bump']('list', '1'),
      FCALL: () => redis['lib'].add('list', '1'),
      FCALL_RO: () => redis['lib'].peek('list'),
      GETRANGE: () => redis['mine'].getRange('list', '0', '1'),
      'JSON.GET': () => redis['json'].get('list'),
      'FT.SEARCH': () => redis['ft'].search('index', '*'),
      'TS.GET': () => redis['ts'].get('series'),
      'BF.EXISTS': () => redis['bf'].exists('filter', 'item'),
    };
    for (const [command, fail] of Object.entries(failures)) {
      await expect(fail(), command).rejects.toMatchObject({ command, attempts: 1 });
    }
  });

  it('are tried again after a lost reply only where their author says that they only read', async (test) => {
    await control().command('FUNCTION', 'LOAD', LIBRARY);
    await control().command('SET', 'k', '1');
    const path = await proxy(test, control());
    const redis = await client(test, path.port);
    /** The outcome of a call whose reply is lost with its connection, and its attempts. */
    const lost = async (run: () => Promise<unknown>) => {
      await redis.ping();
      const before = redis.resilience.stats().attempts;
      path.swallowReplies();
      const outcome = run().catch((error: unknown) => (error as Failed).execution);
      expect(redis.resilience.stats().inFlight).toBe(1);
      path.reset();
      path.restoreReplies();
      return [await outcome, redis.resilience.stats().attempts - before];
    };
    expect(await lost(() => redis['look']('k'))).toEqual(['1', 2]);
    expect(await lost(() => redis['lib'].peek('k'))).toEqual(['1', 2]);
    expect(await lost(() => redis['mine'].getRange('k', '0', '-1'))).toEqual(['1', 2]);
    expect(await lost(() => redis['bump']('k', '1'))).toEqual(['unknown', 1]);
    expect(await lost(() => redis['lib'].add('k', '1'))).toEqual(['unknown', 1]);
  });
});
