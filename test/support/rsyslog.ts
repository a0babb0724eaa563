import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOnPath, findRsyslogd } from './find-redis-server.js';
import { freePort, isFree } from './free-port.ts';
import { until } from './until.ts';

/** A line as rsyslog understood it. */
export interface SyslogLine {
  readonly severity: string;
  readonly program: string;
  readonly message: string;
}

/** A rsyslogd of its own, which takes lines over TCP on the loopback address; never the system's. */
export class Rsyslog {
  static readonly program = findRsyslogd();

  readonly port: number;
  readonly #output: string;
  readonly stop: () => Promise<void>;

  private constructor(port: number, output: string, stop: () => Promise<void>) {
    this.port = port;
    this.#output = output;
    this.stop = stop;
  }

  static async start(): Promise<Rsyslog> {
    if (Rsyslog.program === undefined) throw new Error('rsyslogd not found: install rsyslog');
    const folder = await mkdtemp(join(tmpdir(), 'rsyslog-'));
    const port = await freePort();
    const output = join(folder, 'lines');
    const config = join(folder, 'rsyslog.conf');
    await writeFile(
      config,
      [
        `global(workDirectory="${folder}")`,
        'module(load="imtcp")',
        'template(name="parsed" type="list") {',
        '  property(name="syslogseverity-text") constant(value=" ")',
        '  property(name="programname") constant(value=" ")',
        '  property(name="msg" droplastlf="on") constant(value="\\n")',
        '}',
        'ruleset(name="all") {',
        `  action(type="omfile" file="${output}" template="parsed")`,
        '}',
        `input(type="imtcp" address="127.0.0.1" port="${port}" ruleset="all")`,
        '',
      ].join('\n'),
    );
    const command = [Rsyslog.program, '-n', '-f', config, '-i', join(folder, 'pid')];
    // It then dies with this process even when nobody gets to stop it.
    const setpriv = findOnPath('setpriv');
    const [file = '', ...args] = setpriv ? [setpriv, '--pdeathsig', 'KILL', ...command] : command;
    const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const stop = async () => {
      if (child.exitCode === null) {
        child.kill();
        await once(child, 'exit');
      }
      await rm(folder, { recursive: true });
    };
    await until('rsyslogd listens', async () => !(await isFree(port)));
    return new Rsyslog(port, output, stop);
  }

  /** What has arrived so far. */
  get lines(): SyslogLine[] {
    if (!existsSync(this.#output)) return [];
    const written = readFileSync(this.#output, 'utf8').split('\n').slice(0, -1);
    return written.map((line) => {
      const [, severity = '', program = '', message = ''] = /^(\S+) (\S+) +(.*)$/.exec(line) ?? [];
      return { severity, program, message };
    });
  }
}
