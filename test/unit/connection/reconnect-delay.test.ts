import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReconnectDelay } from '../../../src/connection/reconnect-delay.ts';
import { failure } from '../../../src/failures/failure.ts';
import { settingsOf } from '../../../src/options/settings.ts';

const OPTIONS = settingsOf({}).connection;

const delayWith = (reconnectStrategy: unknown) =>
  new ReconnectDelay({ options: { socket: { reconnectStrategy } } } as never, OPTIONS);

const refused = (cause: unknown = new Error('ECONNREFUSED')) =>
  failure({ kind: 'transport', execution: 'not-sent', message: 'refused', cause });

beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('ReconnectDelay', () => {
  it('does not delay the first attempt, whatever the strategy', () => {
    expect(delayWith(undefined).next(undefined)).toEqual({ ms: 0 });
    const strategy = vi.fn<(tries: number) => number>(() => 700);
    const delay = delayWith(strategy);
    expect(delay.next(undefined)).toEqual({ ms: 0 });
    expect(strategy).not.toHaveBeenCalled();
    // As the client counts: the first failure is try 0.
    delay.next(refused());
    expect(strategy.mock.calls[0]?.[0]).toBe(0);
  });

  it('is as short as the first after an attempt that was not delayed', () => {
    const delay = delayWith(undefined);
    delay.next(undefined);
    expect(delay.ceilingMs).toBe(50);
    expect(delay.next(refused())).toEqual({ ms: 25 });
  });

  it.each([{ strategy: undefined }, { strategy: false }, { strategy: 500 }])(
    'is ours, with full jitter and doubling, where the strategy is $strategy',
    ({ strategy }) => {
      const delay = delayWith(strategy);
      const delays = Array.from({ length: 7 }, () => delay.next(refused()));
      expect(delays).toEqual([25, 50, 100, 200, 400, 500, 500].map((ms) => ({ ms })));
    },
  );

  it('is ours where the template has no options for its socket', () => {
    for (const template of [{}, { options: {} }]) {
      const delay = new ReconnectDelay(template as never, OPTIONS);
      expect(delay.next(refused())).toEqual({ ms: 25 });
    }
  });

  it('begins with short ones again when it is told to', () => {
    const delay = delayWith(undefined);
    for (let count = 0; count < 5; count++) delay.next(refused());
    expect(delay.ceilingMs).toBe(1_000);
    delay.reset();
    expect(delay.ceilingMs).toBe(50);
    expect(delay.next(refused())).toEqual({ ms: 25 });
  });

  it.each([
    {
      livedMs: 49,
      nextMs: 500,
      what: 'goes on with long ones after a connection that was lost at once',
    },
    { livedMs: 51, nextMs: 25, what: 'begins with short ones again after a connection that lived' },
  ])('$what', ({ livedMs, nextMs }) => {
    vi.useFakeTimers();
    const delay = delayWith(undefined);
    for (let count = 0; count < 5; count++) delay.next(refused());
    delay.ready();
    vi.advanceTimersByTime(livedMs);
    expect(delay.next(refused())).toEqual({ ms: nextMs });
    vi.useRealTimers();
  });

  it('asks a strategy that is a function, with the number of tries and the cause', () => {
    const strategy = vi.fn((tries: number) => tries * 10);
    const delay = delayWith(strategy);
    const cause = new Error('ECONNREFUSED');
    expect([delay.next(refused(cause)), delay.next(refused(cause))]).toEqual([
      { ms: 0 },
      { ms: 10 },
    ]);
    expect(strategy.mock.calls).toEqual([
      [0, cause],
      [1, cause],
    ]);
    delay.next(refused(undefined));
    const [, made] = strategy.mock.calls[2] as unknown as [number, Error];
    expect(made).toMatchObject({ message: 'ECONNREFUSED' });
  });

  it('makes an error for the strategy where the failure has none', () => {
    const strategy = vi.fn<(tries: number, cause: unknown) => number>(() => 5);
    const nameless = failure({ kind: 'transport', execution: 'not-sent', message: 'late' });
    delayWith(strategy).next(nameless);
    expect(strategy.mock.calls[0]?.[1]).toMatchObject({ message: 'late' });
  });

  it.each([
    { title: 'an error', answer: new Error('enough'), message: 'enough' },
    { title: 'false', answer: false, message: 'The reconnect strategy gave up' },
  ])('gives up where the strategy answers with $title', ({ answer, message }) => {
    const last = refused();
    const next = delayWith(() => answer).next(last);
    expect(next).toMatchObject({
      gaveUp: { kind: 'closed', execution: 'not-sent', message },
    });
    // The cause is what tells it from a client that its user closed.
    const { gaveUp } = next as { gaveUp: { cause: unknown } };
    expect(gaveUp.cause).toBe(answer || last.cause);
  });

  it.each([
    {
      title: 'throws',
      strategy: () => {
        throw new Error('mine');
      },
    },
    { title: 'answers with nothing', strategy: () => undefined },
    { title: 'answers with something else', strategy: () => '500' },
  ])('is ours where the strategy $title', ({ strategy }) => {
    const delay = delayWith(strategy);
    expect([delay.next(refused()), delay.next(refused())]).toEqual([{ ms: 25 }, { ms: 50 }]);
  });
});
