import { Module } from '@nestjs/common';
import { GreetingsService } from './greetings.service';
import { openRedis, REDIS } from './redis';

@Module({
  providers: [{ provide: REDIS, useFactory: openRedis }, GreetingsService],
})
export class AppModule {}
