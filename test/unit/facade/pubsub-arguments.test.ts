import { describe, expect, it } from 'vitest';
import { assertChannels, assertListener } from '../../../src/facade/pubsub-arguments.ts';
import { CommandError } from '../../../src/index.ts';

const thrownBy = (assertion: typeof assertChannels, method: string, given: unknown): unknown => {
  try {
    assertion(method, given);
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('what is given to subscribe', () => {
  it.each([
    { title: 'a string', channels: 'news' },
    { title: 'an empty string', channels: '' },
    { title: 'bytes', channels: Buffer.from('news') },
    { title: 'several of them', channels: ['news', Buffer.from('more')] },
    { title: 'none', channels: [] },
  ])('may be $title', ({ channels }) => {
    expect(thrownBy(assertChannels, 'subscribe', channels)).toBeUndefined();
  });

  it.each([
    { title: 'nothing', channels: undefined, given: 'undefined' },
    { title: 'null', channels: null, given: 'null' },
    { title: 'a number', channels: 42, given: 'number' },
    { title: 'bytes that the clients do not take', channels: new Uint8Array(1), given: 'object' },
    { title: 'one such among others', channels: ['secret', 42], given: 'number' },
    { title: 'a list in a list', channels: [['news']], given: 'object' },
  ])('may not be $title', ({ channels, given }) => {
    const error = thrownBy(assertChannels, 'pSubscribe', channels);
    const message = `Cannot send PSUBSCRIBE: a channel must be a string or a Buffer, not ${given}`;
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({
      ...{ kind: 'command', execution: 'not-sent', command: 'PSUBSCRIBE', attempts: 0, message },
      cause: new TypeError(message),
    });
  });

  it('listens only as a function', () => {
    expect(thrownBy(assertListener, 'subscribe', () => undefined)).toBeUndefined();
    expect(thrownBy(assertListener, 'subscribe', undefined)).toMatchObject({
      ...{ kind: 'command', execution: 'not-sent' },
      message: 'Cannot send SUBSCRIBE: a listener must be a function, not undefined',
    });
  });
});
