import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module';
import { GreetingsService } from './greetings.service';

async function bootstrap(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
  app.enableShutdownHooks();
  const greetings = app.get(GreetingsService);
  await greetings.keep('nest', 'hello from nest');
  console.log(await greetings.find('nest'));
  await app.close();
}

void bootstrap();
