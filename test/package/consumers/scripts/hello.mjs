import { createClient } from 'redis-6';
import { resilient } from 'redis-resilience';

const redis = resilient(createClient({ url: process.env.REDIS_URL }));
await redis.connect();
await redis.set('esm', 'hello from ESM');
console.log(await redis.get('esm'));
await redis.close();
