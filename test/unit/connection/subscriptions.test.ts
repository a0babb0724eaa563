import { describe, expect, it, vi } from 'vitest';
import { Subscriptions, type Listener } from '../../../src/connection/subscriptions.ts';

const same = (listener: Listener) => listener;
const [a, b] = [vi.fn(), vi.fn()];

/** Who listens to what, without the shape that node-redis wants. */
const print = (subscriptions: Subscriptions) =>
  subscriptions
    .listeners(same)
    .flatMap(([type, channels]) =>
      [...channels].map(
        ([channel, { strings, buffers }]) =>
          `${type} ${channel}: ${strings.size} strings, ${buffers.size} buffers`,
      ),
    );

describe('Subscriptions', () => {
  it('keep channels, patterns and sharded channels apart', () => {
    const subscriptions = new Subscriptions();
    expect(subscriptions.isEmpty).toBe(true);
    subscriptions.add('CHANNELS', ['x', 'y'], a);
    subscriptions.add('CHANNELS', 'x', b);
    subscriptions.add('CHANNELS', 'x', a, true);
    subscriptions.add('PATTERNS', 'x', a);
    subscriptions.add('SHARDED', 'x', a);
    subscriptions.add('SHARDED', 'x', a);
    expect(print(subscriptions)).toEqual([
      'CHANNELS x: 2 strings, 1 buffers',
      'CHANNELS y: 1 strings, 0 buffers',
      'PATTERNS x: 1 strings, 0 buffers',
      'SHARDED x: 1 strings, 0 buffers',
    ]);
    expect(subscriptions.isEmpty).toBe(false);
  });

  it.each([
    {
      title: 'one listener',
      args: ['x', a, false],
      left: ['CHANNELS x: 1 strings, 1 buffers', 'y'],
    },
    {
      title: 'one listener of strings where it is not said of what',
      args: ['x', a],
      left: ['CHANNELS x: 1 strings, 1 buffers', 'y'],
    },
    {
      title: 'one listener of buffers',
      args: ['x', a, true],
      left: ['CHANNELS x: 2 strings, 0 buffers', 'y'],
    },
    { title: 'a listener that is not there', args: ['z', a, false], left: ['x', 'y'] },
    { title: 'all of a channel', args: ['x'], left: ['y'] },
    { title: 'all of several channels', args: [['x', 'y']], left: [] },
    { title: 'all of a type', args: [], left: [] },
    {
      title: 'the last listener of a channel, and the channel with it',
      args: ['y', a, false],
      left: ['CHANNELS x'],
    },
  ])('forget $title', ({ args, left }) => {
    const subscriptions = new Subscriptions();
    subscriptions.add('CHANNELS', ['x', 'y'], a);
    subscriptions.add('CHANNELS', 'x', b);
    subscriptions.add('CHANNELS', 'x', a, true);
    subscriptions.add('PATTERNS', 'kept', a);
    subscriptions.remove('CHANNELS', ...(args as [string, Listener, boolean]));
    const lines = print(subscriptions);
    expect(lines.pop()).toContain('PATTERNS kept');
    expect(lines).toHaveLength(left.length);
    for (const [index, part] of left.entries()) expect(lines[index]).toContain(part);
  });

  it('hand out copies, which a client may change, behind a gate', () => {
    const subscriptions = new Subscriptions();
    subscriptions.add('CHANNELS', 'x', a);
    subscriptions.add('CHANNELS', 'x', b, true);
    const gated = vi.fn();
    const [first] = subscriptions.listeners(() => gated);
    const channel = first![1].get('x')!;
    expect(channel).toEqual({
      unsubscribing: false,
      strings: new Set([gated]),
      buffers: new Set([gated]),
    });
    channel.strings.clear();
    channel.unsubscribing = true;
    first![1].delete('x');
    expect(print(subscriptions)).toEqual(['CHANNELS x: 1 strings, 1 buffers']);
    expect(subscriptions.listeners(same)[0]![1].get('x')?.unsubscribing).toBe(false);
  });

  it('give a channel away with who listened to it, in which form', () => {
    const subscriptions = new Subscriptions();
    subscriptions.add('SHARDED', ['x', 'y'], a);
    subscriptions.add('SHARDED', 'x', b, true);
    expect(subscriptions.take('SHARDED', 'x')).toEqual([
      { listener: a, buffers: false },
      { listener: b, buffers: true },
    ]);
    expect(subscriptions.take('SHARDED', 'x')).toEqual([]);
    expect([...subscriptions.of('SHARDED').keys()]).toEqual(['y']);
  });

  it('are some where there is one of any kind', () => {
    const subscriptions = new Subscriptions();
    subscriptions.add('PATTERNS', 'x*', a);
    expect(subscriptions.isEmpty).toBe(false);
  });

  it('are all gone when they are cleared', () => {
    const subscriptions = new Subscriptions();
    subscriptions.add('CHANNELS', 'x', a);
    subscriptions.add('SHARDED', 'x', a);
    subscriptions.clear();
    expect([subscriptions.isEmpty, print(subscriptions)]).toEqual([true, []]);
  });

  it('remember changes for the connection that was given a copy before, and for no other', () => {
    const subscriptions = new Subscriptions();
    const [before, meanwhile, after] = [vi.fn(), vi.fn(), vi.fn()];
    subscriptions.note(before);
    expect(subscriptions.takeChanges()).toEqual([]);
    subscriptions.listeners(same);
    subscriptions.note(meanwhile);
    expect(subscriptions.takeChanges()).toEqual([meanwhile]);
    subscriptions.note(after);
    expect(subscriptions.takeChanges()).toEqual([]);
  });
});
