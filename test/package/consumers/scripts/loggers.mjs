import { createRequire } from 'node:module';
import { createClient } from 'redis-6';
import * as esm from 'redis-resilience';
import winston from 'winston';

const cjs = createRequire(import.meta.url)('redis-resilience');

for (const [name, { resilient }] of Object.entries({ esm, cjs })) {
  resilient(createClient(), { name }).resilience.isolate();
}
console.log([...winston.loggers.loggers.keys()].join());
