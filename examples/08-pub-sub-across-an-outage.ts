/* Subscriptions outlive their connection: made once, they are there again after an outage. */
import { createClient } from 'redis';
import { resilient } from 'redis-resilience';
import { RedisServer } from '../test/support/redis-server.ts';

const server = await RedisServer.start();
const publisher = resilient(createClient({ url: server.url }), { name: 'news', logger: false });
// A subscriber needs a connection of its own. The duplicate is guarded as well, by its own circuit.
const subscriber = publisher.duplicate();
await Promise.all([publisher.connect(), subscriber.connect()]);

/** Resolves with the next message. */
let arrived: ((message: string) => void) | undefined;
const next = () => new Promise<string>((resolve) => (arrived = resolve));
await subscriber.subscribe('weather', (message) => {
  console.log('weather:', message);
  arrived?.(message);
});

let message = next();
console.log('reached:', await publisher.publish('weather', 'sunny'));
await message;

await server.kill();
console.log('the server is killed');
// Made while there is no server: remembered, and asked for by the next connection.
await subscriber.subscribe('traffic', (text) => {
  console.log('traffic:', text);
  arrived?.(text);
});
// Redis keeps no messages: what is published meanwhile waits in the publisher, or fails there.
const meanwhile = publisher.publish('weather', 'foggy').catch((error: unknown) => error);

await server.restart();
console.log('the server is back');
console.log('published meanwhile reached:', await meanwhile);

// A publisher can be back before its subscribers are: the number of receivers tells.
message = next();
while ((await publisher.publish('traffic', 'flowing')) === 0);
await message;
message = next();
while ((await publisher.publish('weather', 'clear')) === 0);
await message;

await Promise.all([publisher.close(), subscriber.close()]);
await server.stop();
