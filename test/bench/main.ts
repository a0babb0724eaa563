/* Measures what the library costs, and prints it beside what others cost. */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { majors } from '../support/clients.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { RedisServer } from '../support/redis-server.ts';
import { BARS, isMissed } from './bars.ts';
import { CLUSTER_VARIANTS } from './cluster-subjects.ts';
import { measureGrowth } from './growth.ts';
import { measureHotPath, WORKLOADS } from './hot-path.ts';
import { measureOutages } from './outage.ts';
import { measureRecovery } from './recovery.ts';
import { measureRefusals } from './refusals.ts';
import { KEPT, type Results } from './results.ts';
import { measureSteady } from './steady.ts';
import { measureStorms } from './storm.ts';
import { VARIANTS } from './subjects.ts';
import { inColumns, tablesOf } from './table.ts';
import { measureTelemetry } from './telemetry.ts';

const usage = `Usage: npm run bench -- [--short] [--check] [--json FILE | --update]
       npm run bench -- --steady MINUTES

Measures the library, its clients as they are, and others, in one run, so that the ratios hold.

  --short      only what the bars are about, in less than a minute
  --check      exits with 1 where a figure is far beyond its bar
  --json FILE  writes what was found there
  --update     keeps it for the README, which \`npm run readme\` then shows
  --steady N   only keeps a wrapped client busy for N minutes, and shows what it holds meanwhile
  --help       prints this`;

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    json: { type: 'string' },
    update: { type: 'boolean', default: false },
    steady: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit();
}

const [version] = majors;
if (!version) throw new Error('There is no redis 4');
const { short, steady } = values;
const ours = `wrapped ${version.name}`;
if (steady !== undefined) {
  console.table(await measureSteady(ours, Number(steady)));
  process.exit();
}
const named = (...names: readonly string[]) =>
  VARIANTS.map(({ name }) => name).filter((name) => names.some((begin) => name.startsWith(begin)));

const server = await RedisServer.start();
await server.must('SET', 'key', 'x'.repeat(1_000));
const results: Results = {
  machine: `Node ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}`,
  hotPath: await measureHotPath(
    server.port,
    short
      ? VARIANTS.filter(({ name }) =>
          /^(bare|wrapped) redis \S+$|^p-retry around opossum$/.test(name),
        )
      : VARIANTS,
    short ? WORKLOADS.filter(({ name }) => /^GET, (1|100) /.test(name)) : WORKLOADS,
    short ? 11 : 25,
  ),
  telemetry: await measureTelemetry(server.port, short ? 7 : 25),
  cluster: short ? [] : await measureCluster(),
  refusals: await measureRefusals(version, server.port, short ? 200_000 : 1_000_000),
  storms: await measureStorms(
    short
      ? [ours]
      : named('bare redis', 'wrapped redis', 'opossum', 'p-retry around opossum', 'cockatiel'),
    short ? [10_000] : [100, 1_000, 10_000],
  ),
  outages: await measureOutages(
    short ? [ours] : [`bare ${version.name}`, ours, 'p-retry around opossum, with winston'],
    short ? [30_000] : [2_000, 10_000, 30_000],
  ),
  recovery: await measureRecovery(version, short ? 3 : 10),
  growth: await measureGrowth(),
};
await server.stop();

for (const table of tablesOf(results)) console.log(inColumns(table));
console.log(results.machine);
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(results, undefined, 2));
if (values.update) writeFileSync(KEPT, `${JSON.stringify(results, undefined, 2)}\n`);

const missed = BARS.filter((bar) => {
  const value = bar.of(results);
  return value !== undefined && isMissed(bar, value);
});
if (values.check) {
  for (const { what } of missed) console.error(`far beyond its bar: ${what}`);
  process.exitCode = missed.length > 0 ? 1 : 0;
}

async function measureCluster() {
  const cluster = await RedisCluster.start({ masters: 3 });
  const [node] = cluster.nodes;
  if (!node) throw new Error('The cluster has no node');
  const found = await measureHotPath(
    node.port,
    CLUSTER_VARIANTS,
    WORKLOADS.filter(({ name }) => /^(GET|SET), 100 /.test(name)),
    25,
  );
  await cluster.stop();
  return found;
}
