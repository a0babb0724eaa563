import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { WaitingRoom } from '../../../src/connection/waiting-room.ts';
import type { Call } from '../../../src/pipeline/call.ts';

const call = (name: string): Call => ({ operation: { name }, waiting: undefined }) as never;

const roomOf = (...names: string[]) => {
  const room = new WaitingRoom();
  const calls = names.map(call);
  for (const one of calls) room.hold(one);
  const out: string[] = [];
  const dispatch = ({ operation }: Call) => out.push(operation.name);
  return { room, calls, out, dispatch };
};

describe('WaitingRoom', () => {
  it('lets calls out in the order in which they came in', () => {
    const { room, out, dispatch } = roomOf('a', 'b', 'c');
    expect(room.size).toBe(3);
    expect(room.release(dispatch)).toBe(true);
    room.releaseAll(dispatch);
    expect(out).toEqual(['a', 'b', 'c']);
    expect(room.size).toBe(0);
    expect(room.release(dispatch)).toBe(false);
  });

  it('lets a call leave that is given up', () => {
    const { room, calls, out, dispatch } = roomOf('a', 'b', 'c');
    calls[1]!.waiting!.leave();
    expect(calls[1]!.waiting).toBeUndefined();
    expect(room.size).toBe(2);
    room.releaseAll(dispatch);
    expect(out).toEqual(['a', 'c']);
  });

  it('marks a call as waiting only while it is in the room', () => {
    const { room, calls } = roomOf('a');
    expect(calls[0]!.waiting).toBeDefined();
    room.release((released) => {
      expect(released.waiting).toBeUndefined();
    });
    expect.assertions(2);
  });

  it('keeps those who come in while it is emptied', () => {
    const { room, out, dispatch } = roomOf('a', 'b');
    room.releaseAll((released) => {
      dispatch(released);
      room.hold(call(`${released.operation.name} again`));
    });
    expect(out).toEqual(['a', 'b']);
    expect(room.size).toBe(2);
  });

  it('lets a call out in the async context of its caller', () => {
    const storage = new AsyncLocalStorage<string>();
    const room = new WaitingRoom();
    for (const user of ['ann', 'bob']) {
      storage.run(user, () => {
        room.hold(call('GET'));
      });
    }
    const seen: (string | undefined)[] = [];
    storage.run('the connection', () => {
      room.releaseAll(() => seen.push(storage.getStore()));
      expect(storage.getStore()).toBe('the connection');
    });
    expect(seen).toEqual(['ann', 'bob']);
  });
});
