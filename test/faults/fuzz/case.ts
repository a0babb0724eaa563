import { resilient, type ResilienceOptions, type Resilient } from 'redis-resilience';
import type { AnyClient } from '../../support/clients.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { until } from '../../support/until.ts';
import { ownOf, type Bench, type Sampled } from './bench.ts';
import { Call } from './call.ts';
import { planFor, type Plan } from './damage.ts';
import { Draw } from './draw.ts';
import { brokenPromises } from './judge.ts';
import { beatsIn, verdictOn, type Verdict } from './verdict.ts';

const TIMES = { attemptMs: 800, totalMs: 2_000, connectMs: 1_000, heartbeatMs: 300 };
/** What a busy machine may add to a deadline. */
const SLACK_MS = 1_000;

const OPTIONS: ResilienceOptions = {
  timeout: { attemptMs: TIMES.attemptMs, totalMs: TIMES.totalMs },
  retry: { baseDelayMs: 1, maxDelayMs: 20 },
  // It would refuse calls whose answers are what is looked at.
  breaker: false,
  connection: {
    connectMs: TIMES.connectMs,
    silenceMs: TIMES.attemptMs,
    heartbeatMs: TIMES.heartbeatMs,
    baseDelayMs: 1,
    maxDelayMs: 20,
  },
  logger: false,
};

/** How long a call may take. */
const CALL_MS = TIMES.totalMs + SLACK_MS;
/** How long the things that a case waits for may take, a heartbeat and a fresh connection. */
const PATIENCE_MS = 20_000;
/** Right answers that are waited for when the damage must have been found. */
const LATER = 4;

/** What one case found out. */
export interface Finding {
  readonly number: number;
  readonly plan: Plan;
  readonly verdict: Verdict;
  readonly calls: readonly Call[];
  /** The promises that were not kept. */
  readonly broken: readonly string[];
}

/** Draws a case and runs it: calls whose answers are known, and one damage to their replies. */
export async function runCase(bench: Bench, seed: number, number: number): Promise<Finding> {
  const { clock } = bench;
  const draw = new Draw(seed, number);
  const chosen = Array.from({ length: 1 + draw.below(24) }, () => draw.of(bench.commands));
  const oneByOne = draw.chance(0.25);
  const plan = planFor(draw, Buffer.concat(chosen.map(({ bytes }) => bytes)));

  const path = await FaultProxy.start(bench.server.port);
  const url = `redis://127.0.0.1:${path.port}`;
  const redis = resilient(bench.version.createClient({ url }), OPTIONS);
  try {
    await redis.connect().catch(() => until('a connection', () => Promise.resolve(redis.isReady)));
    const watch = new Watch(redis);
    const sent = path.alter(plan.cut ? { ...plan, at: Infinity } : plan);
    if (plan.cut) path.cutAfter(plan.at, { how: plan.cut });
    path.slice(plan.sliceBytes);

    const calls: Call[] = [];
    const issue = (sampled: Sampled) => {
      const call = new Call(redis, sampled, ownOf(number, calls.length), clock);
      calls.push(call);
      return call;
    };
    for (const sampled of chosen) {
      const call = issue(sampled);
      if (oneByOne) await clock.within(CALL_MS, call.done);
    }
    await clock.within(CALL_MS, Promise.all(calls.map(({ done }) => done)));
    path.slice(Infinity);
    // Damage that parses ends with the next heartbeat, or was none that anybody could see. The one after
    // it, where that got the error reply to another command: such an answer counts as a sign of life.
    const beats = beatsIn(sent());
    await clock.until(PATIENCE_MS, () => watch.leftAt < Infinity || beatsIn(sent()) > beats + 1);

    const foundAt = Math.min(watch.leftAt, performance.now());
    const isBack = async () => {
      const call = issue(draw.of(bench.commands));
      await clock.within(CALL_MS, call.done);
      return call.outcome === 'right';
    };
    await until('a right answer', isBack, PATIENCE_MS).catch(() => undefined);
    let right = 0;
    for (let count = 0; count < LATER; count++) if (await isBack()) right++;

    const verdict = verdictOn(sent(), plan);
    const broken = await brokenPromises(bench.server, calls, verdict, {
      foundAt,
      inOrder: !watch.hasRetried,
      withinMs: CALL_MS,
      isBack: right === LATER,
    });
    return { number, plan, verdict, calls, broken };
  } finally {
    await redis.resilience.shutdown({ drainMs: 0 });
    path.stop();
  }
}

/** Sees when a connection was left, and whether calls were sent more than once. */
class Watch {
  /** From then on no reply can come from the damaged connection. */
  leftAt = Infinity;
  hasRetried = false;

  constructor({ resilience }: Resilient<AnyClient>) {
    resilience.on('attempt.retried', () => (this.hasRetried = true));
    for (const type of ['connection.lost', 'connection.replaced'] as const) {
      resilience.on(type, () => (this.leftAt = Math.min(this.leftAt, performance.now())));
    }
  }
}
