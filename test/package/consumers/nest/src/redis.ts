import { createClient } from 'redis';
import { resilient } from 'redis-resilience';

export const REDIS = Symbol('redis');
export type Redis = ReturnType<typeof openRedis>;

export function openRedis() {
  return resilient(createClient({ url: process.env.REDIS_URL }), { name: 'nest' });
}
