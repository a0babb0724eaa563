/* Wrap the client you have and use it as before: a restart of the server does not need your attention. */
import { createClient } from 'redis';
import { resilient } from 'redis-resilience';
import { RedisServer } from '../test/support/redis-server.ts';

const server = await RedisServer.start({ args: ['--appendonly', 'yes'] });

const redis = resilient(createClient({ url: server.url }), { name: 'cache' });
await redis.connect();

console.log('SET greeting:', await redis.set('greeting', 'hello'));
console.log('GET greeting:', await redis.get('greeting'));

await server.kill();
console.log('the server is killed');
// Not awaited: this call is made while there is no server, and waits for one.
const early = redis.get('greeting');
await server.restart();
console.log('the server is back');

console.log('GET greeting, asked for in between:', await early);
console.log('GET greeting, the next call:', await redis.get('greeting'));

await redis.resilience.shutdown();
await server.stop();
