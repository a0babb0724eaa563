import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { isOutage } from 'redis-resilience';
import { REDIS, type Redis } from './redis';

@Injectable()
export class GreetingsService implements OnModuleInit, OnModuleDestroy {
  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  async onModuleInit(): Promise<void> {
    await this.redis.connect();
  }

  async onModuleDestroy(): Promise<void> {
    await this.redis.resilience.shutdown();
  }

  async keep(name: string, greeting: string): Promise<void> {
    await this.redis.set(name, greeting);
  }

  async find(name: string): Promise<string | null> {
    try {
      return await this.redis.get(name);
    } catch (error) {
      if (isOutage(error)) return null;
      throw error;
    }
  }
}
