import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failure, type Failure } from '../../../src/failures/failure.ts';
import type { FailureKind } from '../../../src/failures/kinds.ts';
import { Call } from '../../../src/pipeline/call.ts';
import { NotFoundError } from '../../../src/index.ts';
import { harness, lost, wrongType, type Harness } from './harness.ts';
import { fails, replies } from './scripted-layer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

describe('settlement', () => {
  it('gives the reply to the caller, and counts and states the success', async () => {
    const { run, scripted, counters, events, admission } = harness(() => []);
    scripted.script(replies('v', 7));
    const call = run('GET k');
    expect(admission.pending).toBe(1);
    await pass(7);
    expect(call).toMatchObject({ status: 'resolved', value: 'v' });
    expect(counters).toMatchObject({ succeeded: 1, attempts: 1, refused: 0, failures: {} });
    expect(events).toMatchObject([
      { type: 'call.succeeded', command: 'GET', attempts: 1, durationMs: 7, client: 'test' },
    ]);
    expect(admission.pending).toBe(0);
  });

  it('gives the failure to the caller, and counts and states it', async () => {
    const { run, scripted, counters, events, admission } = harness(() => []);
    scripted.script(fails(lost(), 7), fails(lost(), 7), fails(wrongType(), 7));
    const call = run('GET k');
    run('GET k');
    run('GET k');
    await pass(7);
    expect(call.error).toMatchObject({ command: 'GET', attempts: 1, elapsedMs: 7 });
    expect(counters).toMatchObject({
      succeeded: 0,
      refused: 0,
      failures: { transport: 2, command: 1 },
    });
    expect(events.map(({ type }) => type)).toEqual(['call.failed', 'call.failed', 'call.failed']);
    expect(admission.pending).toBe(0);
  });

  it.each(['circuit-open', 'overloaded'] as const)(
    'tells a refusal from a failure: %s',
    async (kind) => {
      const { run, scripted, counters, events } = harness(() => []);
      scripted.script(fails(failure({ kind, execution: 'not-sent', message: 'no' })));
      run('GET k');
      await pass();
      expect(counters).toMatchObject({ refused: 1, failures: { [kind]: 1 } });
      expect(events).toMatchObject([{ type: 'call.refused', failure: { kind } }]);
    },
  );

  it('settles a call once, whatever comes after', async () => {
    const { run, outermost, counters, events, admission } = harness(() => []);
    const call = run('GET k');
    outermost.succeeded(call.call, 'first');
    outermost.succeeded(call.call, 'second');
    outermost.failed(call.call, lost());
    await pass();
    expect(call.value).toBe('first');
    expect(counters).toMatchObject({ succeeded: 1, failures: {} });
    expect(events).toHaveLength(1);
    expect(admission.pending).toBe(0);
  });

  it('refuses calls while the client is being closed, and counts them out again', async () => {
    const { run, admission, scripted } = harness(() => []);
    run('GET a');
    void admission.drain(1_000);
    const call = run('GET k');
    await pass();
    expect(call.error).toMatchObject({ kind: 'closed', execution: 'not-sent' });
    expect(scripted.received).toHaveLength(1);
    expect(admission.pending).toBe(1);
  });

  it('tells what took no time a turn later, so that asking again at once starves nobody', async () => {
    const { run, admission } = harness(() => []);
    void admission.drain(1_000);
    const call = run('GET k');
    for (let turns = 0; turns < 5; turns++) await Promise.resolve();
    expect(call.status).toBe('pending');
    await pass();
    expect(call.status).toBe('rejected');
  });

  it('builds no event that nobody wants to hear', async () => {
    const { run, scripted, hub, events } = harness(() => []);
    vi.spyOn(hub, 'wants').mockReturnValue(false);
    scripted.script(replies('v'), fails(lost()));
    const calls = [run('GET k'), run('GET k')];
    await pass();
    expect(calls.map(({ status }) => status)).toEqual(['resolved', 'rejected']);
    expect(events).toEqual([]);
  });

  it('makes stacks only where they are wanted', async () => {
    for (const stackTraces of [false, true]) {
      const { run, scripted } = harness(() => [], { stackTraces });
      scripted.script(fails(lost()));
      const call = run('GET k');
      await pass();
      expect(call.error?.stack?.includes('\n    at ')).toBe(stackTraces);
    }
  });
});

describe('a strict call', () => {
  it('takes null for a failure, which was executed', async () => {
    const { run, scripted, counters } = harness(() => []);
    scripted.script(replies(null), replies(null), replies(undefined), replies(''));
    const [strict, lax, nothing, empty] = [
      run('GET k', { strict: true }),
      run('GET k'),
      run('GET k', { strict: true }),
      run('GET k', { strict: true }),
    ];
    await pass();
    expect(strict.error).toBeInstanceOf(NotFoundError);
    expect(strict.error).toMatchObject({ message: 'GET found nothing', execution: 'executed' });
    expect(lax).toMatchObject({ status: 'resolved', value: null });
    expect([nothing.status, empty.value]).toEqual(['resolved', '']);
    expect(counters).toMatchObject({ succeeded: 3, failures: { 'not-found': 1 } });
  });
});

describe('a caller who fires and forgets', () => {
  /** Runs a call whose promise nobody looks at, and tells what the process would have died of. */
  const unhandled = async (
    made: Harness,
    kind: FailureKind,
    facts: Partial<Failure> = {},
  ): Promise<unknown[]> => {
    vi.useRealTimers();
    const seen: unknown[] = [];
    const listener = (reason: unknown) => seen.push(reason);
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', listener);
    try {
      const call = new Call(
        { name: 'INCR', script: false, execute: () => Promise.resolve(), wires: () => [] },
        [],
        { attemptMs: 1, totalMs: 1, maxAttempts: 1, fallback: undefined, blocking: false } as never,
        undefined,
      );
      call.promise = new Promise((resolve, reject) => {
        call.resolve = resolve;
        call.reject = reject;
      });
      made.scripted.script(fails(failure({ kind, execution: 'unknown', message: 'no', ...facts })));
      made.outermost.send(call);
      // Node looks for unhandled rejections when the microtasks are done.
      await new Promise((resolve) => setImmediate(resolve));
      return seen;
    } finally {
      process.off('unhandledRejection', listener);
      for (const other of others) process.on('unhandledRejection', other);
    }
  };

  it.each([
    { kind: 'transport', survives: true },
    { kind: 'timeout', survives: true },
    { kind: 'unavailable', survives: true },
    { kind: 'auth', survives: true },
    { kind: 'circuit-open', survives: true },
    { kind: 'overloaded', survives: true },
    { kind: 'command', survives: false },
    { kind: 'permission', survives: false },
    { kind: 'unknown', survives: false },
  ] as const)('survives $kind: $survives', async ({ kind, survives }) => {
    const seen = await unhandled(
      harness(() => []),
      kind,
    );
    expect(seen).toMatchObject(survives ? [] : [{ kind }]);
  });

  it('survives the closing of its client', async () => {
    expect(
      await unhandled(
        harness(() => []),
        'closed',
        { forgettable: true },
      ),
    ).toEqual([]);
    expect(
      await unhandled(
        harness(() => []),
        'closed',
      ),
    ).toMatchObject([{ kind: 'closed' }]);
  });
});
