import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  mayReplay,
  mostDangerous,
  replayClassOf,
  REPLAY_RULES,
  type ReplayClass,
  type ReplayPolicy,
} from '../../../src/commands/replay.ts';
import type { Wire } from '../../../src/commands/wire.ts';

const classes: ReplayClass[] = ['read', 'same-reply', 'same-state', 'unsafe'];

describe('replayClassOf', () => {
  it.each<[command: string, ReplayClass]>([
    ['GET k', 'read'],
    ['get k', 'read'],
    ['EVAL_RO script 0', 'read'],
    ['SCAN 0', 'read'],
    ['OBJECT ENCODING k', 'read'],
    ['object encoding k', 'read'],
    ['OBJECT', 'unsafe'],
    ['INCR k', 'unsafe'],
    ['DEL k', 'same-state'],
    ['EVALSHA sha 0', 'unsafe'],
    ['SELECT 1', 'unsafe'],
    ['CLIENT SETNAME n', 'unsafe'],
    ['PUBLISH c m', 'unsafe'],
    ['FLUSHALL', 'unsafe'],
    ['SCRIPT LOAD s', 'same-reply'],
    ['FUNCTION LOAD s', 'unsafe'],
    ['NO.SUCH command', 'unsafe'],

    ['SET k v', 'same-reply'],
    ['set k v ex 10', 'same-reply'],
    ['SET k v PXAT 1', 'same-reply'],
    ['SET k v KEEPTTL', 'same-reply'],
    ['SET k v NX', 'unsafe'],
    ['set k v px 10 nx', 'unsafe'],
    ['SET k v XX', 'unsafe'],
    ['SET k v GET', 'unsafe'],
    ['SET k v IFEQ w', 'unsafe'],
    ['SET k v NEWOPTION', 'unsafe'],
    ['SETNX k v', 'unsafe'],
    ['SETEX k 10 v', 'same-reply'],
    ['MSETEX 1 k v', 'same-reply'],
    ['MSETEX 2 k v l NX EX 10', 'same-reply'],
    ['MSETEX 1 k v NX', 'unsafe'],
    ['MSETEX k v', 'unsafe'],
    ['HSETEX k FIELDS 1 f v', 'same-reply'],
    ['HSETEX k EX 10 FIELDS 1 f FNX', 'same-reply'],
    ['HSETEX k FNX FIELDS 1 f v', 'unsafe'],
    ['HSETEX k FIELDS 1 f v FXX', 'unsafe'],
    ['HSETEX k f v', 'unsafe'],
    ['HSETEX k FIELDS', 'unsafe'],

    ['GETEX k', 'read'],
    ['GETEX k PERSIST', 'same-state'],
    ['GETEX k EX 10', 'same-state'],
    ['HGETEX k FIELDS 1 f', 'read'],
    ['HGETEX k EX 10 FIELDS 1 f', 'same-state'],
    ['HGETEX k FIELDS 1 f EX 10', 'same-state'],
    ['GETDEL k', 'unsafe'],

    ['EXPIRE k 10', 'same-state'],
    ['EXPIRE k 10 NX', 'unsafe'],
    ['PEXPIREAT k 10 gt', 'unsafe'],
    ['HEXPIRE k 10 FIELDS 1 f', 'same-state'],
    ['HEXPIRE k 10 NX FIELDS 1 f', 'unsafe'],
    ['DELEX k', 'same-state'],
    ['DELEX k IFEQ v', 'unsafe'],
    ['COPY a b', 'unsafe'],
    ['COPY a b DB 1 REPLACE', 'same-reply'],
    ['RESTORE k 0 dump', 'unsafe'],
    ['RESTORE k 0 dump replace', 'same-reply'],

    ['SINTERSTORE a a b', 'same-reply'],
    ['SDIFFSTORE a b c', 'same-reply'],
    ['SDIFFSTORE a b a', 'unsafe'],
    ['ZUNIONSTORE a 2 b c', 'same-reply'],
    ['ZUNIONSTORE a 2 a b', 'unsafe'],
    ['ZRANGESTORE a b 0 1', 'same-reply'],
    ['ZRANGESTORE a a 1 -1', 'unsafe'],
    ['BITOP XOR a b c', 'same-reply'],
    ['BITOP XOR a a b', 'unsafe'],
    ['SORT k', 'read'],
    ['SORT k BY w_* LIMIT 0 1 STORE l', 'same-reply'],
    ['SORT k LIMIT 1 9 STORE k', 'unsafe'],
    ['GEORADIUS k 0 0 1 km', 'read'],
    ['GEORADIUS k 0 0 1 km STORE l', 'same-reply'],
    ['GEORADIUSBYMEMBER k m 1 km STOREDIST k', 'unsafe'],

    ['LTRIM k 0 9', 'same-reply'],
    ['LTRIM k -9 -1', 'same-reply'],
    ['LTRIM k 0 -1', 'same-reply'],
    ['LTRIM k 1 -1', 'unsafe'],
    ['LTRIM k 0 -2', 'unsafe'],
    ['LTRIM k -9 -2', 'unsafe'],
    ['LTRIM k', 'unsafe'],
    ['LREM k 0 v', 'same-state'],
    ['LREM k 1 v', 'unsafe'],
    ['ZADD k 1 m', 'same-state'],
    ['ZADD k CH -inf m', 'same-state'],
    ['ZADD k .5 NX', 'same-state'],
    ['ZADD k NX 1 m', 'unsafe'],
    ['ZADD k CH GT 1 m', 'unsafe'],
    ['ZADD k incr 1 m', 'unsafe'],
    ['GEOADD k 13.3 38.1 m', 'same-state'],
    ['GEOADD k XX 13.3 38.1 m', 'unsafe'],
    ['BITFIELD k GET u8 0', 'read'],
    ['BITFIELD k GET u8 0 SET u8 0 1', 'same-state'],
    ['BITFIELD k OVERFLOW SAT INCRBY u8 0 1', 'unsafe'],
    ['XADD k * f v', 'unsafe'],
    ['XADD k 1-1 f v', 'unsafe'],
    ['XADD k IDMP p i * f v', 'same-reply'],
    ['XADD k NOMKSTREAM IDMPAUTO p * f v', 'same-reply'],
    ['XADD k * IDMP v', 'unsafe'],
    ['ACL LOG', 'read'],
    ['ACL LOG 10', 'read'],
    ['ACL LOG reset', 'unsafe'],

    ['JSON.SET k $ 1', 'same-reply'],
    ['JSON.SET k $ 1 FPHA FP32', 'same-reply'],
    ['JSON.SET k $ 1 NX', 'unsafe'],
    ['JSON.DEL k', 'same-state'],
    ['JSON.DEL k $.a', 'same-state'],
    ['JSON.DEL k $.a[0]', 'unsafe'],
    [`JSON.DEL k $.${'a'.repeat(99)}[0]`, 'unsafe'],
    ['JSON.ARRTRIM k $ 0 9', 'same-reply'],
    ['JSON.ARRTRIM k $ 1 9', 'unsafe'],
    ['JSON.NUMINCRBY k $ 1', 'unsafe'],
    ['FT.SEARCH i q', 'read'],
    ['FT.AGGREGATE i q', 'read'],
    ['FT.AGGREGATE i q WITHCURSOR', 'unsafe'],
    ['FT.CURSOR READ i 1', 'unsafe'],
    ['FT.SUGADD k s 1', 'same-state'],
    ['FT.SUGADD k s 1 INCR', 'unsafe'],
    ['TS.ADD k 1 1', 'unsafe'],
    ['BF.ADD k i', 'same-state'],
    ['CF.ADD k i', 'unsafe'],
    ['GRAPH.RO_QUERY g q', 'read'],
    ['GRAPH.QUERY g q', 'unsafe'],
    ['GRAPH.SLOWLOG g', 'read'],
    ['GRAPH.SLOWLOG g RESET', 'unsafe'],
  ])('%s is %s', (command, expected) => {
    const wire = command.split(' ');
    expect(replayClassOf(wire)).toBe(expected);
    expect(replayClassOf(wire.map((argument) => Buffer.from(argument)))).toBe(expected);
  });

  it('is a class for any array of anything', () => {
    const name = fc.constantFrom(...REPLAY_RULES.keys()).map((command) => command.split(' '));
    const wire = fc.oneof(
      fc.array(fc.anything()),
      fc.tuple(name, fc.array(fc.anything())).map(([words, rest]) => [...words, ...rest]),
    );
    fc.assert(
      fc.property(wire, (any) => {
        expect(classes).toContain(replayClassOf(any as unknown as Wire));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('mostDangerous', () => {
  it('is the last in the order of danger', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { minLength: 1 }), (ranks) => {
        const worst = mostDangerous(ranks.map((rank) => classes[rank]!));
        expect(worst).toBe(classes[Math.max(...ranks)]);
      }),
    );
  });

  it('of nothing is read', () => {
    expect(mostDangerous([])).toBe('read');
  });
});

describe('mayReplay', () => {
  it.each<[ReplayPolicy, ReplayClass[]]>([
    ['never', []],
    ['reads', ['read']],
    ['same-reply', ['read', 'same-reply']],
    ['same-state', ['read', 'same-reply', 'same-state']],
  ])('%s covers %j', (policy, covered) => {
    expect(classes.filter((replayClass) => mayReplay(policy, replayClass))).toEqual(covered);
  });
});
