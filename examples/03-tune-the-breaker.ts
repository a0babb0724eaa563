/* The circuit refuses calls at once while Redis is away, and tells when it will try again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { CircuitOpenError, resilient } from 'redis-resilience';
import { RedisServer } from '../test/support/redis-server.ts';

const server = await RedisServer.start();
const redis = resilient(createClient({ url: server.url }), {
  breaker: { consecutiveFailures: 3, disconnectedMs: 200, openDurationMs: 500 },
  logger: false,
});
redis.resilience.on('circuit.opened', ({ cause }) => {
  console.log('circuit opened:', cause);
});
redis.resilience.on('circuit.half-opened', () => {
  console.log('circuit half-opened: it asks the server');
});
redis.resilience.on('circuit.closed', ({ openMs }) => {
  console.log(`circuit closed after ${Math.round(openMs)} ms`);
});

/** Makes one call and tells what became of it. */
async function tryOnce(): Promise<void> {
  const startedAt = performance.now();
  const outcome = await redis.ping().catch((error: unknown) => {
    if (!(error instanceof CircuitOpenError)) throw error;
    return `refused, to be tried again in ${Math.round(error.retryAfterMs)} ms`;
  });
  console.log(`PING: ${outcome}, within ${Math.ceil(performance.now() - startedAt)} ms`);
}

/** Waits until calls flow again. */
async function recovered(): Promise<void> {
  while (redis.resilience.state !== 'closed') await sleep(10);
}

await redis.connect();
await tryOnce();

console.log('\nan outage:');
await server.kill();
await sleep(500);
await tryOnce();
await server.restart();
await recovered();
await tryOnce();

console.log('\nby hand, for maintenance:');
redis.resilience.isolate();
await tryOnce();
redis.resilience.restore();
await recovered();
await tryOnce();

await redis.resilience.shutdown();
await server.stop();
