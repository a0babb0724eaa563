import { beforeEach, describe, expect, it } from 'vitest';
import { KeptLine } from '../../../src/connection/kept-line.ts';
import type { Carrier } from '../../../src/connection/line.ts';
import { CLOSED, failure } from '../../../src/failures/failure.ts';

const carrier = { id: 7 } as Carrier;
const LOST = failure({ kind: 'transport', execution: 'unknown', message: 'reset' });

let line: KeptLine;
let heard: string[];

beforeEach(() => {
  line = new KeptLine(carrier);
  heard = [];
  line.listen({
    onAvailable: ({ id }) => heard.push(`available ${id}`),
    onUnavailable: ({ message }) => heard.push(`unavailable: ${message}`),
    onConnectFailed: ({ message }, refused) => heard.push(`failed: ${message} ${refused}`),
    onFree: () => heard.push('free'),
    onAbandoned: ({ message, execution }) => heard.push(`abandoned: ${message} ${execution}`),
  });
});

describe('a line through an object of the user', () => {
  it('is closed before it is opened and after it is closed', () => {
    expect([line.isOpen, line.available, line.closedFailure]).toEqual([false, undefined, CLOSED]);
    line.open();
    expect([line.isOpen, line.closedFailure]).toEqual([true, undefined]);
    line.up();
    expect(line.available).toBe(carrier);
    line.close(LOST);
    expect([line.isOpen, line.available, line.closedFailure]).toEqual([false, undefined, CLOSED]);
    expect(heard).toEqual([
      'unavailable: There is no connection yet',
      'available 7',
      'abandoned: reset not-sent',
    ]);
  });

  it('tells of each change once, and why it changed', () => {
    line.open();
    line.up();
    line.up();
    line.down(LOST);
    expect(line.lastFailure).toBe(LOST);
    line.down(CLOSED);
    expect([line.available, line.lastFailure]).toEqual([undefined, LOST]);
    line.up();
    expect([line.available, line.lastFailure]).toEqual([carrier, undefined]);
    expect(heard.slice(1)).toEqual(['available 7', 'unavailable: reset', 'available 7']);
  });

  it('lets nobody through while it is closed', () => {
    line.up();
    expect([line.available, heard]).toEqual([undefined, []]);
  });

  it('forgets the last failure when it is opened again', () => {
    line.open();
    line.failed(LOST, false);
    expect(line.lastFailure).toBe(LOST);
    line.close(CLOSED);
    line.open();
    expect(line.lastFailure).toBeUndefined();
  });

  it.each([
    { title: 'a refusal', refused: true, isUp: false, abandoned: true },
    { title: 'a failure that others may follow', refused: false, isUp: false, abandoned: false },
    { title: 'a refusal while calls are served', refused: true, isUp: true, abandoned: false },
  ])('fails those who wait after $title: $abandoned', ({ refused, isUp, abandoned }) => {
    line.open();
    if (isUp) line.up();
    heard.length = 0;
    line.failed(LOST, refused);
    expect(heard).toEqual([
      `failed: reset ${refused}`,
      ...(abandoned ? ['abandoned: reset not-sent'] : []),
    ]);
  });

  it('passes on that there is a place, and forgets who does not listen any more', () => {
    const stop = line.listen({ onFree: () => heard.push('free for another') });
    line.freed();
    stop();
    line.freed();
    expect(heard).toEqual(['free', 'free for another', 'free']);
  });

  it('tells nothing to who wants to know nothing', () => {
    line.listen({});
    line.open();
    line.failed(LOST, true);
    line.up();
    line.freed();
    line.down(LOST);
    expect(heard).toHaveLength(6);
  });

  it('has no fresh connections to give, unless its object replaces them itself', async () => {
    expect(line.canRenewCredentials).toBe(false);
    await expect(line.renew()).resolves.toBe(false);
    await expect(new KeptLine(carrier, () => true).renew()).resolves.toBe(true);
  });
});
