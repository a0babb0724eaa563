import { describe, expect, it } from 'vitest';
import { POSSIBLY_BLOCKING } from '../../../src/commands/blocking.ts';
import { READS } from '../../../src/commands/replay-reads.ts';
import { MODULES } from '../../../src/commands/replay-modules.ts';
import { SERVER } from '../../../src/commands/replay-server.ts';
import { WRITES } from '../../../src/commands/replay-writes.ts';
import { REPLAY_RULES, replayClassOf } from '../../../src/commands/replay.ts';
import { commandName } from '../../../src/commands/wire.ts';
import { FLAGS, KNOWN } from './known-commands.ts';

/** The commands of redis 6's table that carry a flag. */
function flagged(flag: string): string[] {
  return [...FLAGS].filter(([, flags]) => flags.includes(flag)).map(([name]) => name);
}

function classWithKey(name: string): string {
  return replayClassOf([...name.split(' '), 'key']);
}

describe('replay rules', () => {
  it.each([4, 5, 6] as const)('name every command that redis %s has a method for', (major) => {
    expect(KNOWN[major].size).toBeGreaterThan(400);
    expect([...KNOWN[major]].filter((name) => !REPLAY_RULES.has(name))).toEqual([]);
  });

  it('name every command of the table that redis 6 ships', () => {
    // In the table as a plain command; its subcommands are what is sent.
    expect([...FLAGS.keys()].filter((name) => !REPLAY_RULES.has(name))).toEqual(['JSON.DEBUG']);
  });

  it('name each command once, as commandName does', () => {
    const names = [...READS, ...WRITES, ...SERVER, ...MODULES].flatMap(([, commands]) =>
      commands.split(',').map((name) => name.trim()),
    );
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(names.filter((name) => commandName(name.split(' ')) !== name)).toEqual([]);
  });

  it('take no command that Redis flags as a write for a read', () => {
    const reads = flagged('write').filter((name) => classWithKey(name) === 'read');
    // Flagged for what their options can do; none is given here.
    expect(reads).toEqual(['BITFIELD', 'GEORADIUS', 'GEORADIUSBYMEMBER', 'GETEX', 'SORT']);
  });

  it('take every command that Redis flags as readonly for a read', () => {
    const others = flagged('readonly').filter((name) => classWithKey(name) !== 'read');
    expect(others).toEqual([
      ...['FT.CURSOR DEL', 'FT.CURSOR GC', 'FT.CURSOR READ'], // drop or move a cursor
      'CF.COMPACT', // rearranges the filter
      'JSON.DEBUG', // a read only with MEMORY
      'TIMESERIES.REFRESHCLUSTER', // changes what the module knows of the cluster
    ]);
  });

  it('take no script that may write for a read', () => {
    const mayWrite = flagged('script_runner').filter((name) => !name.endsWith('_RO'));
    expect(mayWrite).toEqual(['EVAL', 'EVALSHA', 'FCALL']);
    expect(mayWrite.map(classWithKey)).toEqual(['unsafe', 'unsafe', 'unsafe']);
  });
});

describe('POSSIBLY_BLOCKING', () => {
  it('has every command that Redis flags as blocking', () => {
    expect(flagged('blocking').filter((name) => !POSSIBLY_BLOCKING.has(name))).toEqual([]);
  });

  it('has nothing else but a module command, which Redis cannot flag', () => {
    const others = [...POSSIBLY_BLOCKING].filter((name) => !FLAGS.get(name)?.includes('blocking'));
    expect(others).toEqual(['TS.READ']);
  });
});
