import { parseArgs } from 'node:util';
import { majors, type ClientVersion } from '../../support/clients.ts';
import { setUp } from './bench.ts';
import { describe, runCases } from './run.ts';
import { Tally } from './tally.ts';

const USAGE = `Usage: npm run fuzz -- [--redis 4|5|6] [--seed N] [--cases N] [--case N]

Damages the replies of a real redis-server, once in each case, in ways that follow from the seed, and
compares what wrapped clients make of it with what the protocol lets anybody know.

  --redis 4|5|6   one major version of node-redis only
  --seed N        (default 1)
  --cases N       how many cases per version (default 2000)
  --case N        that case only

Exits with 1 where a promise is broken.`;

const { values } = parseArgs({
  options: {
    redis: { type: 'string' },
    seed: { type: 'string', default: '1' },
    cases: { type: 'string', default: '2000' },
    case: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit();
}
const seed = Number(values.seed);
const numbers =
  values.case === undefined
    ? Array.from({ length: Number(values.cases) }, (_, index) => index)
    : [Number(values.case)];

for (const version of majors) {
  if (values.redis === undefined || version.major === Number(values.redis)) await fuzz(version);
}

async function fuzz(version: ClientVersion): Promise<void> {
  const startedAt = performance.now();
  const tally = new Tally();
  const running = new Set<number>();
  const uncaught = (error: unknown) => {
    tally.broken++;
    console.error(`seed ${seed}, one of the cases ${[...running].join()} ends the process:`, error);
  };
  process.on('uncaughtException', uncaught).on('unhandledRejection', uncaught);
  const bench = await setUp(version);
  await runCases(bench, seed, numbers, {
    begun: (number) => running.add(number),
    ended: (ended) => {
      running.delete(ended.number);
      tally.add(ended);
      if (ended.broken.length > 0) console.error(describe(ended, version.major, seed));
    },
  });
  await bench.tearDown();
  process.off('uncaughtException', uncaught).off('unhandledRejection', uncaught);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  console.log(`${version.name}, seed ${seed}: ${numbers.length} cases in ${seconds} s`);
  console.log(`${tally.toString()}\n  ${tally.broken} broke a promise`);
  if (tally.broken > 0) process.exitCode = 1;
}
