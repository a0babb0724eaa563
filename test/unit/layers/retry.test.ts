import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failure } from '../../../src/failures/failure.ts';
import { CircuitOpenError, TransportError, UnavailableError } from '../../../src/index.ts';
import { RetryBudget } from '../../../src/layers/retry-budget.ts';
import { RetryLayer } from '../../../src/layers/retry.ts';
import type { ResilienceOptions } from '../../../src/options/types.ts';
import { harness, loading, lost, timedOut, unsent, wrongType, type Harness } from './harness.ts';
import { fails, refuses, replies, type Step } from './scripted-layer.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const retrying = (options: ResilienceOptions = {}, budgetSize = 100): Harness => {
  const made = harness(
    ({ settings, supervisor, hub, counters }) => [
      new RetryLayer(
        new RetryBudget(settings.retry, budgetSize),
        supervisor.asSupervisor,
        hub,
        counters,
      ),
    ],
    options,
  );
  return made;
};

const settle = () => vi.advanceTimersByTimeAsync(60_000);

const readOnly = () =>
  failure({
    kind: 'unavailable',
    reason: 'read-only',
    execution: 'not-executed',
    endedBy: 'server',
    message: 'READONLY no',
    replyCode: 'READONLY',
  });

const refusedLogin = () =>
  failure({ kind: 'auth', execution: 'not-executed', endedBy: 'server', message: 'WRONGPASS no' });

describe('retry of a failure that leaves open whether the command ran', () => {
  it.each([
    { command: 'GET k', end: 'the peer', again: true },
    { command: 'GET k', end: 'our timeout', again: true },
    { command: 'SET k v', end: 'the peer', again: true },
    { command: 'SET k v', end: 'our timeout', again: false },
    { command: 'DEL k', end: 'the peer', again: false },
    { command: 'INCR k', end: 'the peer', again: false },
    { command: 'INCR k', end: 'our timeout', again: false },
    { command: 'SET k v NX', end: 'the peer', again: false },
    { command: 'NO.SUCH command', end: 'the peer', again: false },
  ])('of $command by $end happens: $again', async ({ command, end, again }) => {
    const { scripted, run } = retrying();
    scripted.script(fails(end === 'the peer' ? lost() : timedOut()), replies('again'));
    const call = run(command);
    await settle();
    expect(scripted.received).toHaveLength(again ? 2 : 1);
    expect(call).toMatchObject(again ? { value: 'again' } : { status: 'rejected' });
    if (!again) expect(call.error?.execution).toBe('unknown');
  });

  it.each([
    { replay: 'never', again: [] },
    { replay: 'reads', again: ['GET k'] },
    { replay: 'same-reply', again: ['GET k', 'SET k v'] },
    { replay: 'same-state', again: ['GET k', 'SET k v', 'DEL k'] },
  ] as const)('follows the replay policy $replay', async ({ replay, again }) => {
    const commands = ['GET k', 'SET k v', 'DEL k', 'INCR k'];
    const tried = [];
    for (const command of commands) {
      const { scripted, run } = retrying({ retry: { replay } });
      scripted.script(fails(lost()), replies('again'));
      run(command);
      await settle();
      if (scripted.received.length > 1) tried.push(command);
    }
    expect(tried).toEqual(again);
  });

  it('goes by the most dangerous command of a transaction', async () => {
    const attempts = async (...wires: string[][]) => {
      const { scripted, run } = retrying();
      scripted.script(fails(lost()), replies([]));
      run('MULTI', { operation: { name: 'MULTI', wires: () => wires } });
      await settle();
      return scripted.received.length;
    };
    expect(await attempts(['GET', 'k'], ['SET', 'k', 'v'])).toBe(2);
    expect(await attempts(['GET', 'k'], ['INCR', 'k'])).toBe(1);
    // What the arguments hide is not safe.
    expect(await attempts()).toBe(1);
  });

  it('believes the author of a script that it only reads', async () => {
    const { scripted, run } = retrying();
    scripted.script(fails(timedOut()), replies(1));
    const call = run('EVALSHA x 0', { operation: { replayClass: 'read' } });
    await settle();
    expect(call.value).toBe(1);
  });

  it('does not happen after a part was executed', async () => {
    const { scripted, run } = retrying();
    const partly = failure({ ...lost(), execution: 'executed' });
    scripted.script(fails(partly), replies('again'));
    const call = run('GET k');
    await settle();
    expect(call.error?.execution).toBe('executed');
    expect(scripted.received).toHaveLength(1);
  });

  it('still says so when a later attempt was certainly not executed', async () => {
    const { scripted, run } = retrying();
    scripted.script(fails(lost()), fails(loading()), fails(loading()));
    const call = run('SET k v');
    await settle();
    expect(call.error).toMatchObject({ kind: 'unavailable', execution: 'unknown', attempts: 3 });
  });
});

describe('retry of a command that was certainly not executed', () => {
  it.each([
    { title: 'it was not sent', step: refuses(unsent()) },
    { title: 'the server is loading', step: fails(loading()) },
  ])('happens for any command: $title', async ({ step }) => {
    for (const command of ['GET k', 'INCR k', 'NO.SUCH command']) {
      const { scripted, run } = retrying();
      scripted.script(step, replies('again'));
      const call = run(command);
      await settle();
      expect(call).toMatchObject({ status: 'resolved', value: 'again' });
    }
  });

  it('does not happen where it cannot help', async () => {
    const { scripted, run } = retrying();
    scripted.script(fails(wrongType()), replies('again'));
    const call = run('GET k');
    await settle();
    expect(call.error?.kind).toBe('command');
    expect(scripted.received).toHaveLength(1);
  });
});

describe('retry', () => {
  it.each([{ maxAttempts: 1 }, { maxAttempts: 2 }, { maxAttempts: 3 }, { maxAttempts: 6 }])(
    'makes $maxAttempts attempts in all, the first included',
    async ({ maxAttempts }) => {
      const { scripted, run, counters } = retrying({ retry: { maxAttempts } });
      scripted.script(...Array.from({ length: 9 }, () => fails(loading())));
      const call = run('GET k');
      await settle();
      expect(scripted.received).toHaveLength(maxAttempts);
      expect(call.error).toMatchObject({ kind: 'unavailable', attempts: maxAttempts });
      expect(counters).toMatchObject({ attempts: maxAttempts, retries: maxAttempts - 1 });
    },
  );

  it('is bounded too where nothing can be dispatched', async () => {
    const { scripted, run } = retrying({ retry: { maxAttempts: 3 } });
    scripted.script(...Array.from({ length: 9 }, () => refuses(unsent())));
    const call = run('GET k');
    await settle();
    expect(scripted.received).toHaveLength(3);
    expect(call.error).toMatchObject({ execution: 'not-sent', attempts: 0 });
  });

  it('tells the caller what the last attempt failed with', async () => {
    const { scripted, run } = retrying();
    scripted.script(fails(loading()), fails(loading()), fails(wrongType()));
    const call = run('GET k');
    await settle();
    expect(call.error).toMatchObject({ kind: 'command', attempts: 3 });
  });

  it('states every attempt that failed, and no other', async () => {
    const { scripted, run, events } = retrying();
    scripted.script(fails(loading()), fails(lost()), replies('v'));
    run('GET k');
    await settle();
    expect(events.filter(({ type }) => type === 'attempt.failed')).toMatchObject([
      { attempt: 1, failure: { kind: 'unavailable' } },
      { attempt: 2, failure: { kind: 'transport' } },
    ]);
  });

  it('states no attempt where none was made', async () => {
    const { scripted, run, events } = retrying();
    scripted.script(refuses(unsent()), replies('v'));
    run('GET k');
    await settle();
    expect(events.map(({ type }) => type)).toEqual(['attempt.retried', 'call.succeeded']);
  });

  it('states no attempt again where a retry was not sent', async () => {
    const { scripted, run, events } = retrying();
    scripted.script(fails(lost()), refuses(unsent()), fails(lost(), 5), replies('v'));
    run('GET k');
    await settle();
    expect(events.filter(({ type }) => type === 'attempt.failed')).toMatchObject([
      { attempt: 1 },
      { attempt: 2 },
    ]);
  });

  it('states each retry with its number and delay, after the failure before it', async () => {
    const { scripted, run, events } = retrying();
    scripted.script(fails(loading()), fails(loading()), replies('v'));
    run('GET k');
    await settle();
    expect(events).toMatchObject([
      { type: 'attempt.failed', attempt: 1 },
      { type: 'attempt.retried', attempt: 2, delayMs: 210 },
      { type: 'attempt.failed', attempt: 2 },
      { type: 'attempt.retried', attempt: 3, delayMs: 220 },
      { type: 'call.succeeded', attempts: 3 },
    ]);
  });
});

it('tries again in the async context of the caller, whatever ended the attempt before', async () => {
  const { scripted, run } = retrying();
  const storage = new AsyncLocalStorage<string>();
  const seen = scripted.atEach(() => storage.getStore());
  scripted.script(fails(lost(), 5), fails(loading()), replies('v'));
  storage.run('ann', () => run('GET k'));
  await storage.run('the timer', settle);
  expect(seen).toEqual(['ann', 'ann', 'ann']);
});

it('builds no event of an attempt that nobody wants to hear of', async () => {
  const { scripted, run, hub, events } = retrying();
  vi.spyOn(hub, 'wants').mockReturnValue(false);
  scripted.script(fails(loading()), replies('v'));
  const call = run('GET k');
  await settle();
  expect(call.value).toBe('v');
  expect(events).toEqual([]);
});

describe('the delay before a retry', () => {
  const delay = async (step: Step, options: ResilienceOptions = {}): Promise<number> => {
    const { scripted, run } = retrying(options);
    scripted.script(step, replies('again'));
    const call = run('GET k');
    const startedAt = performance.now();
    let waited = -1;
    void call.call.promise?.then(() => (waited = performance.now() - startedAt));
    await settle();
    return waited;
  };

  it.each([
    {
      title: 'nothing after a lost connection: the next one is the wait',
      step: fails(lost()),
      ms: 0,
    },
    { title: 'jitter after a timeout', step: fails(timedOut()), ms: 10 },
    { title: 'a floor and jitter where the server needs time', step: fails(loading()), ms: 210 },
  ])('is $title', async ({ step, ms }) => {
    expect(await delay(step)).toBe(ms);
  });

  it('follows the options', async () => {
    const retry = { baseDelayMs: 100, maxDelayMs: 100, busyDelayMs: 1_000 };
    expect(await delay(fails(timedOut()), { retry })).toBe(50);
    expect(await delay(fails(loading()), { retry })).toBe(1_050);
  });

  it('never falls below the floor where the server needs time, whatever the jitter', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    expect(await delay(fails(loading()))).toBe(200);
  });

  it('is not begun where the attempts before have used up the time for it', async () => {
    const { scripted, run } = retrying({ timeout: { totalMs: 1_000 } });
    scripted.script(fails(loading(), 900), replies('never'));
    const call = run('GET k');
    await settle();
    expect(call.error).toMatchObject({ kind: 'unavailable', attempts: 1 });
  });

  it.each([{ totalMs: 200 }, { totalMs: 210 }])(
    'is not begun where the time of the call ends before it or with it: $totalMs',
    async ({ totalMs }) => {
      const { scripted, run } = retrying({ timeout: { totalMs } });
      scripted.script(fails(loading()), replies('too late'));
      const call = run('GET k');
      await vi.advanceTimersByTimeAsync(1);
      expect(call.error).toMatchObject({ kind: 'unavailable', reason: 'loading', attempts: 1 });
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it('ends without a timer when the call is cancelled', async () => {
    const { scripted, run, outermost } = retrying();
    scripted.script(fails(loading()), replies('never'));
    const call = run('GET k');
    await vi.advanceTimersByTimeAsync(100);
    expect(vi.getTimerCount()).toBe(1);
    outermost.cancel(call.call, timedOut());
    expect(vi.getTimerCount()).toBe(0);
    await settle();
    expect(scripted.received).toHaveLength(1);
    expect(call.status).toBe('pending');
  });
});

it('tells layers outside the most that may have happened in any attempt', async () => {
  const { scripted, run, outermost } = retrying();
  const told = vi.spyOn(outermost, 'failed');
  scripted.script(fails(lost()), ...Array.from({ length: 9 }, () => refuses(unsent())));
  run('SET k v');
  await settle();
  expect(told.mock.calls.map(([, { execution }]) => execution)).toEqual(['unknown']);
});

describe('a retry that is refused', () => {
  it.each(['circuit-open', 'overloaded'] as const)(
    'by %s tells the caller what made it necessary',
    async (kind) => {
      const { scripted, run, events } = retrying();
      const refusal = failure({ kind, execution: 'not-sent', message: 'refused' });
      scripted.script(fails(lost()), refuses(refusal), replies('never'));
      const call = run('GET k');
      await settle();
      expect(events.filter(({ type }) => type === 'attempt.failed')).toHaveLength(1);
      expect(call.error).toBeInstanceOf(TransportError);
      expect(call.error).toMatchObject({ execution: 'unknown', attempts: 1 });
      expect(scripted.received).toHaveLength(2);
    },
  );

  it('at the first attempt is what the caller is told', async () => {
    const { scripted, run } = retrying();
    const refusal = failure({ kind: 'circuit-open', execution: 'not-sent', message: 'refused' });
    scripted.script(refuses(refusal), replies('never'));
    const call = run('GET k');
    await settle();
    expect(call.error).toBeInstanceOf(CircuitOpenError);
    expect(scripted.received).toHaveLength(1);
  });
});

describe('the retry budget', () => {
  it('lets no further retry happen once it is spent, and says so', async () => {
    const { scripted, run, counters, events } = retrying({ retry: { budgetPerSecond: 0 } }, 2);
    scripted.script(...Array.from({ length: 3 }, () => fails(lost())));
    const calls = [run('GET a'), run('GET b'), run('GET c')];
    scripted.script(replies('a'), replies('b'));
    await settle();
    expect(calls.map(({ status }) => status)).toEqual(['resolved', 'resolved', 'rejected']);
    expect(calls[2]?.error).toMatchObject({ kind: 'transport', attempts: 1 });
    expect(counters).toMatchObject({ retries: 2, budgetExhausted: 1 });
    expect(events.filter(({ type }) => type === 'retry.budget-exhausted')).toHaveLength(1);
  });

  it('is not touched by calls that may not be tried again', async () => {
    const { scripted, run } = retrying({ retry: { budgetPerSecond: 0, budgetRatio: 0 } }, 1);
    scripted.script(fails(lost()), fails(lost()), replies('again'));
    run('INCR k');
    await settle();
    const call = run('GET k');
    await settle();
    expect(call.value).toBe('again');
  });
});

describe('retry on a new connection', () => {
  it('follows READONLY, when a fresh connection is ready', async () => {
    const { scripted, run, supervisor, events } = retrying();
    let ready: (renewed: boolean) => void = () => undefined;
    supervisor.renewal = new Promise((resolve) => (ready = resolve));
    scripted.script(fails(readOnly()), replies('OK'));
    const call = run('INCR k');
    await settle();
    expect(scripted.received).toHaveLength(1);
    expect(supervisor.renewedFor).toMatchObject([{ reason: 'read-only' }]);
    ready(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(call.value).toBe('OK');
    expect(events).toContainEqual(expect.objectContaining({ type: 'attempt.retried', delayMs: 0 }));
  });

  it('does not happen where none can be had', async () => {
    const { scripted, run, supervisor } = retrying();
    supervisor.renewal = Promise.resolve(false);
    scripted.script(fails(readOnly()), replies('never'));
    const call = run('SET k v');
    await settle();
    expect(call.error).toBeInstanceOf(UnavailableError);
    expect(scripted.received).toHaveLength(1);
  });

  it.each([{ canRenew: true }, { canRenew: false }])(
    'follows refused credentials only where there can be new ones: $canRenew',
    async ({ canRenew }) => {
      const { scripted, run, supervisor } = retrying();
      supervisor.canRenewCredentials = canRenew;
      scripted.script(fails(refusedLogin()), replies('OK'));
      const call = run('SET k v');
      await settle();
      expect(call.status).toBe(canRenew ? 'resolved' : 'rejected');
      expect(supervisor.renewedFor).toHaveLength(canRenew ? 1 : 0);
    },
  );

  it('asks for new credentials once per call, however many attempts are left', async () => {
    const { scripted, run, supervisor } = retrying({ retry: { maxAttempts: 5 } });
    supervisor.canRenewCredentials = true;
    scripted.script(...Array.from({ length: 9 }, () => fails(refusedLogin())));
    const call = run('GET k');
    await settle();
    expect(scripted.received).toHaveLength(2);
    expect(supervisor.renewedFor).toHaveLength(1);
    expect(call.error?.kind).toBe('auth');
  });

  it('asks for new credentials of a call that was tried again for another reason before', async () => {
    const { scripted, run, supervisor } = retrying();
    supervisor.canRenewCredentials = true;
    scripted.script(fails(readOnly()), fails(refusedLogin()), replies('OK'));
    const call = run('SET k v');
    await settle();
    expect(call.value).toBe('OK');
  });
});

describe('closing the client', () => {
  it('ends a call that waits for its retry, and leaves no timer', async () => {
    const { scripted, run, outermost } = retrying();
    scripted.script(fails(loading()), replies('never'));
    const call = run('GET k');
    await vi.advanceTimersByTimeAsync(100);
    outermost.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(call.error?.kind).toBe('closed');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('reminds nobody by an unhandled rejection who has forgotten such a call', async () => {
    const { scripted, run, outermost } = retrying();
    scripted.script(fails(loading()));
    run('GET k');
    await vi.advanceTimersByTimeAsync(100);
    const failed = vi.spyOn(outermost, 'failed');
    outermost.close();
    expect(failed.mock.calls).toMatchObject([[{}, { kind: 'closed', forgettable: true }]]);
  });

  it('touches no call that succeeded at its second attempt', async () => {
    const { scripted, run, outermost } = retrying();
    scripted.script(fails(lost()), replies('v'));
    run('GET k');
    await settle();
    const cancel = vi.spyOn(scripted, 'cancel');
    outermost.close();
    expect(cancel).not.toHaveBeenCalled();
  });
});

describe('a caller who goes on in the turn of its reply', () => {
  it('gets the reply of a healthy call without a further turn for the layer', async () => {
    const { scripted, run } = retrying();
    scripted.script(replies('v'));
    const call = run('GET k');
    await Promise.resolve();
    expect(call.call.settled).toBe(true);
  });

  it.each([
    { title: 'cannot be helped', failure: wrongType(), maxAttempts: 3 },
    { title: 'has no attempt left', failure: loading(), maxAttempts: 1 },
  ])('gets the failure of a call that $title in the same way', async ({ failure, maxAttempts }) => {
    const { scripted, run } = retrying({ retry: { maxAttempts } });
    scripted.script(fails(failure));
    const call = run('GET k');
    await Promise.resolve();
    expect(call.call.settled).toBe(true);
  });
});
