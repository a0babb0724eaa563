/* Every failure says what went wrong (`kind`) and whether the command may have run (`execution`). */
import { createClient } from 'redis';
import { AuthError, CommandError, isOutage, NotFoundError } from 'redis-resilience';
import { ResilienceError, resilient } from 'redis-resilience';
import { RedisServer } from '../test/support/redis-server.ts';

/** What a service could do about a failure. */
function adviceFor(error: ResilienceError): string {
  switch (error.kind) {
    case 'not-found':
      return 'load it from the database';
    case 'auth':
      return 'look at the credentials';
    case 'command':
      return 'correct the program';
    default:
      return isOutage(error) ? 'go on without Redis' : 'pass it on';
  }
}

function explain(error: unknown): void {
  if (!(error instanceof ResilienceError)) throw error;
  const { command, kind, execution } = error;
  console.log(`  ${command}: kind ${kind}, execution ${execution}: ${adviceFor(error)}`);
}

const password = 'open sesame';
const server = await RedisServer.start({ password });
// How long a call waits for a connection before it fails with the reason why there is none.
const options = { breaker: { disconnectedMs: 200 }, logger: false } as const;

const intruder = resilient(createClient({ url: server.url, password: 'guess' }), options);
await intruder.connect().catch((error: unknown) => {
  console.log('a wrong password is an AuthError:', error instanceof AuthError);
  explain(error);
});
await intruder.resilience.shutdown();

const redis = resilient(createClient({ url: server.url, password }), options);
await redis.connect();
console.log('a missing key:', await redis.get('missing'));
await redis.resilience.strict.get('missing').catch((error: unknown) => {
  console.log('in the strict view it is a NotFoundError:', error instanceof NotFoundError);
  explain(error);
});
await redis.set('greeting', 'hello');
await redis.lPush('greeting', 'world').catch((error: unknown) => {
  console.log('LPUSH to a string is a CommandError:', error instanceof CommandError);
  explain(error);
});
await server.kill();
const greeting = await redis.get('greeting').catch((error: unknown) => {
  explain(error);
  if (isOutage(error)) return 'a fallback value';
  throw error;
});
console.log('without a server:', greeting);
await redis.resilience.shutdown();
await server.stop();
