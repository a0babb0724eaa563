import { describe, expect, it } from 'vitest';
import type { Target } from '../../../src/commands/operation.ts';
import { Session, SESSION_COMMANDS } from '../../../src/connection/session.ts';

const [one, other] = [{}, {}] as [Target, Target];
const wires = (...commands: string[]) => commands.map((command) => command.split(' '));

describe('Session', () => {
  it('keeps the database that was selected last', () => {
    const session = new Session();
    expect(session.database).toBeUndefined();
    session.note(one, wires('SELECT 3', 'GET k', 'select 5'));
    expect(session.database).toBe(5);
    session.note(one, [[Buffer.from('SELECT'), Buffer.from('7')]]);
    expect(session.database).toBe(7);
    session.note(one, wires('WATCH k', 'UNWATCH'));
    expect(session.database).toBe(7);
    session.note(one, wires('SELECT 0'));
    expect(session.database).toBe(0);
    session.note(one, wires('RESET'));
    expect(session.database).toBeUndefined();
  });

  it.each([
    { title: 'nothing was watched', notes: [], on: other, kept: true },
    { title: 'it is the same connection', notes: ['WATCH k'], on: one, kept: true },
    { title: 'it is another connection', notes: ['WATCH k'], on: other, kept: false },
    { title: 'the watch was given up', notes: ['WATCH k', 'UNWATCH'], on: other, kept: true },
    { title: 'the connection was reset', notes: ['watch k', 'RESET'], on: other, kept: true },
  ])('says of a watch when it ends, where $title: $kept', ({ notes, on, kept }) => {
    const session = new Session();
    session.note(one, wires(...notes));
    expect(session.endWatch(on)).toBe(kept);
  });

  it('ends a watch once: the next transaction is not guarded by it', () => {
    const session = new Session();
    session.note(one, wires('WATCH k'));
    expect([session.endWatch(other), session.endWatch(other)]).toEqual([false, true]);
  });

  it('knows which commands it has to be told of', () => {
    expect([...SESSION_COMMANDS].sort()).toEqual(['RESET', 'SELECT', 'UNWATCH', 'WATCH']);
  });
});
