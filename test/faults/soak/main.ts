/* Puts a wrapped client through random faults for as long as is wanted: `npm run soak -- --help`. */
import { parseArgs } from 'node:util';
import { majors } from '../../support/clients.ts';
import { complaintsAbout, soak } from './run.ts';

const { values } = parseArgs({
  options: {
    redis: { type: 'string', default: '5' },
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    help: { type: 'boolean', default: false },
  },
});
const version = majors.find(({ major }) => major === Number(values.redis));
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (values.help || !version || !(minutes > 0) || !Number.isInteger(seed)) {
  console.log('usage: npm run soak -- [--redis 4|5|6] [--minutes 10] [--seed N]');
  process.exit(values.help ? 0 : 2);
}

console.log(`${version.name}, ${minutes} minutes, seed ${seed}`);
const result = await soak({
  version,
  forMs: minutes * 60_000,
  seed,
  onRound: (round) => {
    console.log(JSON.stringify(round));
  },
});
const complaints = complaintsAbout(result);
if (result.socketsLeft > 0) complaints.push(`${result.socketsLeft} sockets are left`);

const { rounds, ...rest } = result;
const sum = (
  what: 'issued' | 'answered' | 'pending' | 'executedTwice' | 'lost' | 'wrong' | 'denied',
) => rounds.reduce((total, round) => total + round[what], 0);
console.log({
  seed,
  faults: rounds.length,
  issued: sum('issued'),
  answered: sum('answered'),
  pending: sum('pending'),
  executedTwice: sum('executedTwice'),
  lost: sum('lost'),
  wrong: sum('wrong'),
  denied: sum('denied'),
  longestMs: Math.max(...rounds.map(({ longestMs }) => longestMs)),
  ...rest,
});
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length > 0 ? 1 : 0;
