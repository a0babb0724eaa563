import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { eventOf, type JsonLine } from '../support/json-log.ts';
import { logReceiver } from '../support/log-receiver.ts';
import { ecsLine, lokiLines, mappingConflicts, otlpRecords } from '../support/log-schemas.ts';
import { program } from '../support/program.ts';
import { Rsyslog } from '../support/rsyslog.ts';
import { until } from '../support/until.ts';

/** What the outage of each example is told in, at level `info`. */
const OUTAGE = [
  'info connection.ready',
  'info connection.lost',
  'error circuit.opened',
  'info connection.ready',
  'warn circuit.closed',
  'info client.closed',
];

const example = (name: string, ...args: string[]) =>
  program(`examples/observability/${name}.ts`, ...args);

const told = (lines: readonly JsonLine[]) => lines.map((line) => `${line.level} ${eventOf(line)}`);

const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as JsonLine);

async function receiver<T>(
  { onTestFinished }: TestContext,
  path: string,
  parse: (body: unknown) => T[],
) {
  const started = await logReceiver(path, parse);
  onTestFinished(() => {
    started.stop();
  });
  return started;
}

describe.concurrent('the log of an outage arrives', { timeout: 20_000 }, () => {
  it('in the Elastic Common Schema, in lines that Elasticsearch can map', async () => {
    const { stdout } = await example('elastic');
    const lines = stdout.trim().split('\n').map(ecsLine);
    expect(
      lines.map((line) => `${String(line['log.level'])} ${eventOf(line as JsonLine)}`),
    ).toEqual(OUTAGE);
    expect(mappingConflicts(lines)).toEqual([]);
    expect(lines[2]).toMatchObject({ 'service.name': 'shop', 'error.type': 'transport' });
  });

  it('over OTLP, in log records with attributes', async (test) => {
    const collector = await receiver(test, '/v1/logs', otlpRecords);
    await example('otlp', `${collector.url}/v1/logs`);
    expect(collector.refused).toEqual([]);
    const lines = collector.received.map(({ severityText: level, body, attributes }) => ({
      level,
      message: String(body),
      ...attributes,
    }));
    expect(told(lines)).toEqual(OUTAGE);
    expect(collector.received[2]).toMatchObject({
      severityNumber: 17,
      resource: { 'service.name': 'shop' },
      attributes: { 'db.system.name': 'redis', 'error.type': 'transport' },
    });
    expect(collector.received[4]?.attributes['redis.failures']).toMatchObject({
      transport: { count: 100 },
    });
  });

  it('in Loki, below labels of few values', async (test) => {
    const loki = await receiver(test, '/loki/api/v1/push', lokiLines);
    await example('loki', loki.url);
    expect(loki.refused).toEqual([]);
    expect(told(parsed(loki.received.map(({ line }) => line))).sort()).toEqual([...OUTAGE].sort());
    expect(loki.received.map(({ labels }) => Object.keys(labels).sort().join())).toEqual(
      OUTAGE.map(() => 'app,level'),
    );
  });

  it('in files that are rotated', async ({ onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), 'logs-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await example('file', folder, '1k');
    const files = (await readdir(folder)).filter((name) => name.startsWith('shop-')).sort();
    expect(files.length).toBeGreaterThan(1);
    const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
    expect(told(parsed(texts.join('').trim().split('\n')))).toEqual(OUTAGE);
  });

  it.skipIf(Rsyslog.program === undefined)(
    'in a real rsyslog, with its severities',
    async ({ onTestFinished }) => {
      const syslog = await Rsyslog.start();
      onTestFinished(syslog.stop);
      await example('syslog', String(syslog.port));
      const lines = await until('all lines', () =>
        Promise.resolve(syslog.lines.length >= OUTAGE.length && syslog.lines),
      );
      expect(new Set(lines.map((line) => line.program))).toEqual(new Set(['shop']));
      expect(lines.map(({ severity }) => severity)).toEqual([
        'info',
        'info',
        'err',
        'info',
        'warning',
        'info',
      ]);
      expect(told(parsed(lines.map(({ message }) => message)))).toEqual(
        OUTAGE.map((line) => line.replace('warn ', 'warning ')),
      );
    },
  );
});
