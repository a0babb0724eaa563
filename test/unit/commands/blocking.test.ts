import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockingTimeoutMs, POSSIBLY_BLOCKING } from '../../../src/commands/blocking.ts';
import type { Wire } from '../../../src/commands/wire.ts';

describe('blockingTimeoutMs', () => {
  it.each<[command: string, number | undefined]>([
    ['BLPOP a b 5', 5000],
    ['blpop a 0', Infinity],
    ['BRPOP a 0.25', 250],
    ['BZPOPMIN a 1', 1000],
    ['BZPOPMAX a 1', 1000],
    ['BLMOVE a b LEFT RIGHT 2', 2000],
    ['BRPOPLPUSH a b 2', 2000],
    ['BLMPOP 3 1 a LEFT COUNT 9', 3000],
    ['BZMPOP 0 1 a MIN', Infinity],
    ['BLMOVEM a b LEFT RIGHT 4 COUNT 9 OBO', 4000],
    ['XREAD STREAMS a 0', undefined],
    ['XREAD COUNT 1 BLOCK 50 STREAMS a $', 50],
    ['xread block 0 streams a $', Infinity],
    ['XREAD STREAMS BLOCK 50', undefined],
    ['XREADGROUP GROUP g c BLOCK 70 STREAMS a >', 70],
    ['XREADGROUP GROUP BLOCK 70 STREAMS a >', undefined],
    ['XREADGROUP GROUP g BLOCK COUNT 70 STREAMS a >', undefined],
    ['TS.READ a $ BLOCK 90 1', 90],
    ['TS.READ a -', undefined],
    ['WAIT 1 100', 100],
    ['WAIT 1 0', Infinity],
    ['WAITAOF 1 0 200', 200],
    ['BLPOP a soon', undefined],
    ['BLPOP a -1', undefined],
    ['BLPOP', undefined],
    ['XREAD BLOCK', undefined],
    ['LPOP a 5', undefined],
    ['CLIENT PAUSE 1000', undefined],
  ])('of %s is %s', (command, timeoutMs) => {
    const wire = command.split(' ');
    expect(blockingTimeoutMs(wire)).toBe(timeoutMs);
    expect(blockingTimeoutMs(wire.map((argument) => Buffer.from(argument)))).toBe(timeoutMs);
  });

  it('is a duration or undefined for any array of anything', () => {
    const name = fc.constantFrom(...POSSIBLY_BLOCKING);
    fc.assert(
      fc.property(name, fc.array(fc.anything()), (command, args) => {
        const timeoutMs = blockingTimeoutMs([command, ...args] as unknown as Wire);
        expect(timeoutMs === undefined || timeoutMs > 0).toBe(true);
      }),
    );
  });
});
