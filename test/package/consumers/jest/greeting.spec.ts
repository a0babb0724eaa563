import { afterEach, describe, expect, it } from '@jest/globals';
import * as redis4 from 'redis-4';
import * as redis6 from 'redis-6';
import { CommandError, resilient, type RedisLike, type Resilient } from 'redis-resilience';

let redis: Resilient<RedisLike>;
afterEach(() => redis.resilience.shutdown());

const url = process.env.REDIS_URL;

describe('a wrapped client', () => {
  it('of redis 4 reads what it wrote, and tells failures apart', async () => {
    const client = resilient(redis4.createClient({ url }), { name: 'jest-4' });
    redis = client;
    await client.connect();
    await client.set('jest-4', 'hello');
    expect(await client.get('jest-4')).toBe('hello');
    await expect(client.lPush('jest-4', 'x')).rejects.toBeInstanceOf(CommandError);
  });

  it('of redis 6 reads what it wrote, and tells failures apart', async () => {
    const client = resilient(redis6.createClient({ url }), { name: 'jest-6' });
    redis = client;
    await client.connect();
    await client.set('jest-6', 'hello');
    expect(await client.get('jest-6')).toBe('hello');
    await expect(client.lPush('jest-6', 'x')).rejects.toBeInstanceOf(redis6.ErrorReply);
    await expect(client.lPush('jest-6', 'x')).rejects.toBeInstanceOf(CommandError);
  });
});
