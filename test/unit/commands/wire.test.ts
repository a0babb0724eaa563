import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTAINERS } from '../../../src/commands/containers.ts';
import {
  bytesAt,
  commandName,
  indexOfWord,
  numberAt,
  recurs,
  wordAt,
  type RedisArgument,
  type Wire,
} from '../../../src/commands/wire.ts';

describe('commandName', () => {
  it.each<[Wire, string]>([
    [['get', 'key'], 'GET'],
    [[Buffer.from('set'), 'key', 'value'], 'SET'],
    [['xgroup', 'create', 'stream'], 'XGROUP CREATE'],
    [[Buffer.from('config'), Buffer.from('set'), 'requirepass', 'hunter2'], 'CONFIG SET'],
    [['CLIENT', 'NO-EVICT', 'ON'], 'CLIENT NO-EVICT'],
    [['FT.CURSOR', 'READ', 'index'], 'FT.CURSOR READ'],
    [['FT._LIST'], 'FT._LIST'],
    [['COMMAND'], 'COMMAND'],
    [['AUTH', 'LIST'], 'AUTH'],
    [['ACL', 'hunter'], 'ACL'],
    [['GET', 'SET'], 'GET'],
    [['mymodule.do-it', 'x'], 'MYMODULE.DO-IT'],
  ])('of %j is %s', (wire, name) => {
    expect(commandName(wire)).toBe(name);
  });

  it.each<[string, Wire]>([
    ['nothing', []],
    ['an empty word', ['']],
    ['words in one', ['AUTH hunter2']],
    ['a line break', ['GET\r\nAUTH']],
    ['a digit first', ['1234']],
    ['a word that is too long', ['A'.repeat(65)]],
    ['a long Buffer', [Buffer.alloc(1_000_000, 'A')]],
    ['letters of another alphabet', ['ınfo']],
    ['something else', [null as unknown as string]],
  ])('of %s is UNKNOWN', (_, wire) => {
    expect(commandName(wire)).toBe('UNKNOWN');
  });

  it('never has an argument in it, other than a known subcommand', () => {
    const names = [...CONTAINERS.keys(), 'GET', 'AUTH', 'HELLO', 'SET', 'MIGRATE'];
    const secret = fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z-]{1,12}$/));
    const argument = fc.oneof(
      secret,
      secret.map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.array(argument), (name, args) => {
        const [container, ...rest] = commandName([name, ...args]).split(' ');
        expect(container).toBe(name);
        expect([...(CONTAINERS.get(name) ?? []), undefined]).toContain(rest[0]);
        expect(rest.length).toBeLessThan(2);
      }),
      { numRuns: 1000 },
    );
  });

  it('is a name for any array of anything', () => {
    fc.assert(
      fc.property(fc.array(fc.anything()), (wire) => {
        expect(commandName(wire as unknown as Wire)).toMatch(/^[A-Z][A-Z0-9_.|-]*( [A-Z-]+)?$/);
      }),
    );
  });
});

describe('arguments', () => {
  it('are words in capitals, from strings and Buffers', () => {
    expect(wordAt(['zadd', 'key', Buffer.from('nx')], 2)).toBe('NX');
    expect(wordAt(['get'], 1)).toBe('');
    expect(wordAt(['set', 'k'.repeat(65)], 1)).toBe('');
  });

  it.each<[RedisArgument, number | undefined]>([
    ['0', 0],
    ['-1', -1],
    ['0.25', 0.25],
    ['.5', 0.5],
    ['+1e3', 1000],
    [Buffer.from('42'), 42],
    ['', undefined],
    [' ', undefined],
    ['ten', undefined],
    ['0x10', undefined],
    ['1e999', undefined],
  ])('%j is the number %s', (argument, number) => {
    expect(numberAt([argument], 0)).toBe(number);
  });

  it('are found as options from an index on', () => {
    expect(indexOfWord(['SORT', 'store', 'Store'], ['STORE'], 2)).toBe(2);
    expect(indexOfWord(['SORT', 'store'], ['STORE'], 2)).toBe(-1);
  });

  it('are the same as strings and as Buffers, but not in another case', () => {
    expect(recurs(['BITOP', 'a', Buffer.from('b'), 'b'], 2, 3)).toBe(true);
    expect(recurs(['BITOP', 'a', 'B', 'b'], 2, 3)).toBe(false);
    expect(recurs(['BITOP', 'b', 'b', 'c'], 2, 3)).toBe(false);
  });

  it('have no bytes where they are none', () => {
    expect(bytesAt([], 0)).toHaveLength(0);
  });
});
