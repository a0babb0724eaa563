import { createWriteStream } from 'node:fs';
import { Writable } from 'node:stream';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { describe, expect, it } from 'vitest';
import winston from 'winston';
import { isOutage, type ResilienceEvent, type ResilienceOptions } from 'redis-resilience';
import { openTelemetry } from 'redis-resilience/opentelemetry';
import { majors } from '../support/clients.ts';
import { jsonLog } from '../support/json-log.ts';
import { measuring } from '../support/metrics.ts';
import { BRISK, connected, server, wrap } from './wrapped.ts';

const ofStream = (stream: Writable) => new winston.transports.Stream({ stream });

/** Transports that have stopped doing their work, each in its own way. */
const BROKEN: Readonly<Record<string, () => winston.transport>> = {
  'never takes a line': () => ofStream(new Writable({ highWaterMark: 1, write: () => undefined })),
  throws: () =>
    Object.assign(new winston.transports.Console(), {
      log() {
        throw new Error('mine');
      },
    }),
  'fails at every line': () =>
    ofStream(
      new Writable({
        write: (_chunk, _encoding, done) => {
          done(new Error('mine'));
        },
      }).on('error', () => undefined),
    ),
  'says later that it failed': () => {
    const transport = new winston.transports.Console();
    const log = () => {
      setImmediate(() => transport.emit('error', new Error('mine')));
    };
    return Object.assign(transport, { log });
  },
  'writes to a full disk': () =>
    ofStream(createWriteStream('/dev/full').on('error', () => undefined)),
  'is a file on a full disk': () => new winston.transports.File({ filename: '/dev/full' }),
};

describe('a transport that', () => {
  it.for(Object.entries(BROKEN))(
    '%s fails no call and keeps none waiting',
    async ([, make], test) => {
      const control = await server(test);
      const logger = winston.createLogger({ level: 'silly', transports: [make()] });
      const redis = await connected(test, majors.at(-1)!, control.port, { ...BRISK, logger });
      for (let round = 0; round < 20; round++) {
        const keys = Array.from({ length: 50 }, (_, index) => `k${index}`);
        await expect(Promise.all(keys.map((key) => redis.set(key, '1')))).resolves.toBeDefined();
      }
      await control.kill();
      const error: unknown = await redis.get('k0').catch((reason: unknown) => reason);
      expect(error).toSatisfy(isOutage);
      await control.restart();
      await expect.poll(() => redis.set('k', 'v').catch(String), { timeout: 5_000 }).toBe('OK');
      const startedAt = performance.now();
      await redis.resilience.shutdown();
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    },
  );
});

it('a transport that takes no line does not keep one of each call in memory', async (test) => {
  const { port } = await server(test);
  const logger = winston.createLogger({
    level: 'silly',
    transports: [BROKEN['never takes a line']!()],
  });
  const redis = await connected(test, majors.at(-1)!, port, { ...BRISK, logger });
  for (let round = 0; round < 300; round++) {
    await Promise.all(Array.from({ length: 100 }, () => redis.get('k')));
  }
  expect(redis.resilience.stats().calls.succeeded).toBe(30_000);
  // It is looked at every 50 ms only.
  expect(logger.writableLength).toBeLessThan(20_000);
});

describe('no secret is told', () => {
  const SECRET = 'hunter2';

  it.for(majors)(
    'at any level, whatever fails: $name',
    { timeout: 20_000 },
    async (version, test) => {
      const control = await server(test, { password: SECRET });
      const { logger, text } = jsonLog('silly');
      const every = Object.fromEntries(
        ['call.failed', 'call.refused', 'call.fallback', 'retry.budget-exhausted'].map((type) => [
          type,
          'silly',
        ]),
      );
      const { meter, collect } = measuring();
      const exporter = new InMemorySpanExporter();
      const spanProcessors = [new SimpleSpanProcessor(exporter)];
      const tracer = new NodeTracerProvider({ spanProcessors }).getTracer('test');
      const telemetry = openTelemetry({ meter, tracer });
      const options: ResilienceOptions = { ...BRISK, logger, logLevels: every, telemetry };
      const url = `redis://default:${SECRET}@127.0.0.1:${control.port}`;
      const redis = await connected(test, version, control.port, options, { url });
      const errors: unknown[] = [];
      const events: ResilienceEvent[] = [];
      redis.resilience.on('*', (event) => events.push(event));
      const attempt = (call: Promise<unknown>) =>
        call.catch((error: unknown) => errors.push(error));
      await attempt(redis.set(SECRET, SECRET));
      await attempt(redis.incr(SECRET));
      await attempt(redis.sendCommand(['NOSUCH', SECRET]));
      await attempt(redis.sendCommand(['EVAL', `return redis.error_reply('${SECRET}')`, '0']));
      await attempt(redis.sendCommand(['AUTH', SECRET, `${SECRET}!`]));
      await control.kill();
      await attempt(redis.get(SECRET));
      redis.resilience.isolate();
      await attempt(redis.get(SECRET));
      await redis.resilience.with({ fallback: () => SECRET }).get(SECRET);
      redis.resilience.restore();
      await control.restart();
      await expect.poll(() => redis.get('k').catch(String), { timeout: 5_000 }).toBeNull();
      await redis.resilience.shutdown();

      const wrong = `redis://default:${SECRET}!@127.0.0.1:${control.port}`;
      const refused = wrap(test, version, control.port, options, { url: wrong });
      await attempt(refused.connect());
      await refused.resilience.shutdown({ drainMs: 0 });

      logger.error('what a service logs', { errors });
      expect(errors.length).toBeGreaterThan(5);
      expect(text.length).toBeGreaterThan(15);
      expect(text.filter((line) => line.includes(SECRET))).toEqual([]);

      const spans = exporter
        .getFinishedSpans()
        .map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
      expect(spans.length).toBeGreaterThan(5);
      const series = [...(await collect()).keys()];
      expect(events.length).toBeGreaterThan(15);
      for (const seen of [...spans, ...series, ...events, redis.resilience.stats()]) {
        expect(JSON.stringify(seen)).not.toContain(SECRET);
      }
    },
  );
});
