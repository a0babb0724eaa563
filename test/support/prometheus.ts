import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boundCommand } from './bound-command.ts';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

/** One alert that is pending or firing. */
export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

/** One series of a query over a time. */
interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [time: number, value: string])[];
}

/** How it is looked at, in the small: an outage of a test lasts seconds. */
const INTERVAL = '250ms';

/** A real Prometheus that scrapes one target and evaluates rules. */
export class Prometheus {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #url: string;

  private constructor(child: ChildProcess, folder: string, url: string) {
    this.#child = child;
    this.#folder = folder;
    this.#url = url;
  }

  /** Starts it and resolves when it is ready. */
  static async start(targetPort: number, rules: string): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
    writeFileSync(join(folder, 'alerts.yml'), rules);
    writeFileSync(
      join(folder, 'prometheus.yml'),
      JSON.stringify({
        global: {
          scrape_interval: INTERVAL,
          scrape_timeout: INTERVAL,
          evaluation_interval: INTERVAL,
        },
        rule_files: ['alerts.yml'],
        scrape_configs: [
          { job_name: 'test', static_configs: [{ targets: [`127.0.0.1:${targetPort}`] }] },
        ],
      }),
    );
    const address = `127.0.0.1:${await freePort()}`;
    const [file, ...before] = boundCommand('prometheus');
    const child = spawn(
      file,
      [
        ...before,
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=${address}`,
      ],
      { stdio: 'ignore' },
    );
    const started = new Prometheus(child, folder, `http://${address}`);
    await until('prometheus is ready', async () => (await fetch(`${started.#url}/-/ready`)).ok);
    return started;
  }

  /** The alerts that are pending or firing. */
  async alerts(): Promise<readonly Alert[]> {
    return (await this.#ask<{ alerts: Alert[] }>('alerts', {})).alerts;
  }

  /** The rules that could not be evaluated, each with the reason. */
  async failingRules(): Promise<readonly string[]> {
    const { groups } = await this.#ask<{
      groups: { rules: { name: string; health: string; lastError?: string }[] }[];
    }>('rules', {});
    return groups
      .flatMap(({ rules }) => rules)
      .filter(({ health }) => health !== 'ok')
      .map(({ name, health, lastError }) => `${name}: ${health} ${lastError ?? ''}`);
  }

  /** What a query gives from a moment until now. */
  async range(query: string, from: Date): Promise<readonly Series[]> {
    const times = { start: from.toISOString(), end: new Date().toISOString(), step: '0.5' };
    return (await this.#ask<{ result: Series[] }>('query_range', { query, ...times })).result;
  }

  /** Ends it and removes what it wrote. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    if (this.#child.kill('SIGKILL')) await ended;
    rmSync(this.#folder, { recursive: true });
  }

  async #ask<T>(path: string, parameters: Record<string, string>): Promise<T> {
    const response = await fetch(
      `${this.#url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`,
    );
    const answer = (await response.json()) as { data: T; error?: string };
    if (answer.error !== undefined) throw new Error(`${path}: ${answer.error}`);
    return answer.data;
  }
}

/** Runs promtool in a folder and gives what it printed; throws where it fails. */
export function promtool(cwd: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`promtool ${args.join(' ')} failed:\n${stdout}${stderr}`);
  return stdout;
}
