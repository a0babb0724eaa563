/* Behind sentinels: the master is killed, a replica is promoted, and writes go on without a restart of yours. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createSentinel } from 'redis';
import { isOutage, resilient } from 'redis-resilience';
import { SentinelTrio } from '../test/support/redis-sentinel.ts';

const trio = await SentinelTrio.start({ downAfterMs: 500 });
const sentinel = createSentinel({ name: trio.name, sentinelRootNodes: trio.rootNodes });
const redis = resilient(sentinel, { name: 'orders', logger: false });
redis.on('topology-change', ({ node }: { node: { port: number } }) => {
  console.log('the master listens on port', node.port);
});
await redis.connect();

/** Takes one order; false where Redis could not be asked. */
async function takeOrder(): Promise<boolean> {
  try {
    await redis.incr('orders');
    return true;
  } catch (error) {
    if (isOutage(error)) return false;
    throw error;
  }
}

let taken = 0;
while (taken < 10) if (await takeOrder()) taken++;
console.log(taken, 'orders taken');
// A replica that is promoted has what it was sent: ask for that before it matters.
await redis.sendCommand(false, ['WAIT', '1', '1000']);

const master = await trio.master();
await master.kill();
const killedAt = performance.now();
console.log('the master is killed');
let refused = 0;
while (!(await takeOrder())) {
  refused++;
  await sleep(100);
}
taken++;
console.log(`orders are taken again ${Math.round(performance.now() - killedAt)} ms later,`);
console.log(`after ${refused} that failed and were not executed`);
console.log('counted:', await redis.get('orders'), 'taken:', taken);

await redis.resilience.shutdown();
await trio.stop();
