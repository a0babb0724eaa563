import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AnyClient } from '../../../src/commands/client.ts';
import { KeptLine } from '../../../src/connection/kept-line.ts';
import { Listeners } from '../../../src/connection/listeners.ts';
import { opened } from '../../../src/connection/opened.ts';
import { Views } from '../../../src/connection/views.ts';
import { within } from '../../../src/connection/within.ts';
import { CLOSED } from '../../../src/failures/failure.ts';
import { pass } from './supervised.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a wait for a promise', () => {
  it('ends with it, and leaves no timer', async () => {
    await expect(within(100, 'late', Promise.resolve('v'))).resolves.toBe('v');
    await expect(within(100, 'late', Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends when its time is up, with a failure that says so', async () => {
    const waited = within(100, 'late', new Promise(() => undefined)).catch(
      (error: unknown) => error,
    );
    await pass(100);
    await expect(waited).resolves.toMatchObject({
      kind: 'transport',
      execution: 'not-sent',
      message: 'late',
    });
  });
});

describe('the views of a client', () => {
  it('are made once each, along the chain that leads to them', () => {
    const made: string[] = [];
    const client = {
      made: 'root',
      asap: vi.fn(),
      withTypeMapping(this: { made: string }, mapping: string) {
        const name = `${this.made}.${mapping}`;
        made.push(name);
        return { ...client, made: name };
      },
    };
    const views = new Views(client as never);
    const chain = [
      ['withTypeMapping', ['a']],
      ['withTypeMapping', ['b']],
    ] as const;
    expect(views.of([])).toBe(client);
    const view = views.of(chain) as AnyClient & { made: string };
    expect(view.made).toBe('root.a.b');
    expect(views.of(chain)).toBe(view);
    expect(made).toEqual(['root.a', 'root.a.b']);
  });
});

describe('the listeners of a line', () => {
  it('may come and go while they are told', () => {
    const listeners = new Listeners();
    const heard: string[] = [];
    const stop = listeners.add({
      onFree: () => {
        heard.push('first');
        stop();
        listeners.add({ onFree: () => heard.push('third') });
      },
    });
    listeners.add({ onFree: () => heard.push('second') });
    listeners.tell((one) => one.onFree?.());
    expect(heard).toEqual(['first', 'second']);
    listeners.tell((one) => one.onFree?.());
    expect(heard.slice(2)).toEqual(['second', 'third']);
  });
});

describe('the wait for the first connection of a line', () => {
  const line = () => {
    const made = new KeptLine({ id: 1 } as never);
    made.open();
    const settled = vi.fn();
    void opened(made, 500).then(settled);
    return { line: made, settled };
  };

  it.each([
    {
      title: 'is there',
      end: (one: KeptLine) => {
        one.up();
      },
      afterMs: 0,
    },
    {
      title: 'will not come',
      end: (one: KeptLine) => {
        one.close(CLOSED);
      },
      afterMs: 0,
    },
    { title: 'takes too long', end: () => undefined, afterMs: 500 },
  ])('ends when it $title', async ({ end, afterMs }) => {
    const { line: one, settled } = line();
    await pass(0);
    expect(settled).not.toHaveBeenCalled();
    end(one);
    await pass(afterMs);
    expect(settled).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });
});
