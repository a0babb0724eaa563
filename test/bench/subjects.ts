import { createWriteStream } from 'node:fs';
import { Writable } from 'node:stream';
import {
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleAll,
  retry,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import { Redis } from 'ioredis';
import CircuitBreaker from 'opossum';
import pRetry from 'p-retry';
import { resilient, type ResilienceOptions } from 'redis-resilience';
import winston from 'winston';
import { majors, type AnyClient, type ClientVersion } from '../support/clients.ts';

/** What is measured: something that sends commands to a server. */
export interface Subject {
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  incr(key: string): Promise<unknown>;
  /** One transaction of ten commands; undefined where it is not compared. */
  readonly transaction?: (() => Promise<unknown>) | undefined;
  close(): unknown;
}

/** A subject by its name, and how it is made. */
export interface Variant {
  readonly name: string;
  /** What its cost is compared with: the same client without anything around it. */
  readonly base?: string;
  open(port: number, conditions?: Conditions): Promise<Subject>;
}

/** What is the same for all in one measurement. */
export interface Conditions {
  /** For the wrapped clients. */
  readonly options?: ResilienceOptions;
  /** Hears of every line that is logged. */
  readonly onLine?: () => void;
}

/** Formats lines and hands them over as usual, and costs no disk. */
export function loggerOf(level: 'info' | 'debug', onLine?: () => void): winston.Logger {
  const stream = onLine
    ? new Writable({
        write(_line, _encoding, done) {
          onLine();
          done();
        },
      })
    : createWriteStream('/dev/null');
  return winston.createLogger({
    level,
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.Stream({ stream })],
  });
}

/** A client of a major as it is, connected; its errors are nobody's. */
export async function bareClient(version: ClientVersion, port: number): Promise<AnyClient> {
  const client = version.createClient({ url: `redis://127.0.0.1:${port}` });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** A wrapped client of a major, connected. */
export async function wrappedClient(
  version: ClientVersion,
  port: number,
  options: ResilienceOptions = {},
) {
  const client = version.createClient({ url: `redis://127.0.0.1:${port}` });
  const redis = resilient(client, { logger: loggerOf('info'), ...options });
  await redis.connect();
  return redis;
}

function subjectOf(client: AnyClient, close: () => unknown): Subject {
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    incr: (key) => client.incr(key),
    transaction: () => {
      const multi = client.multi();
      for (let index = 0; index < 10; index++) multi.get('key');
      return multi.exec();
    },
    close,
  };
}

const bare = majors.map((version): Variant => ({
  name: `bare ${version.name}`,
  open: async (port) => {
    const client = await bareClient(version, port);
    return subjectOf(client, () => client[version.major === 4 ? 'disconnect' : 'destroy']());
  },
}));

const wrapped = majors.map((version): Variant => ({
  name: `wrapped ${version.name}`,
  base: `bare ${version.name}`,
  open: async (port, { options, onLine } = {}) => {
    const redis = await wrappedClient(version, port, {
      logger: loggerOf('info', onLine),
      ...options,
    });
    return subjectOf(redis, () => redis.resilience.shutdown({ drainMs: 0 }));
  },
}));

const [four] = majors;
if (!four) throw new Error('There is no redis 4');

const TIMEOUT_MS = 2_000;
const RETRIES = 3;

type Guard = <T>(command: () => Promise<T>) => Promise<T>;

/** Breaker and retry around every command, as tutorials put them together. */
const guards: Readonly<Record<string, (onLine?: () => void) => Guard>> = {
  opossum: circuit,
  'p-retry around opossum': () => {
    const guarded = circuit();
    return (command) => pRetry(() => guarded(command), { retries: RETRIES });
  },
  'p-retry around opossum, with winston': (onLine) => {
    const guarded = circuit();
    const logger = loggerOf('debug', onLine);
    return (command) =>
      pRetry(
        async () => {
          const startedAt = performance.now();
          const reply = await guarded(command);
          logger.debug('command', { elapsedMs: performance.now() - startedAt });
          return reply;
        },
        {
          retries: RETRIES,
          onFailedAttempt: ({ error }) => {
            logger.warn('attempt failed', { error: error.message });
          },
        },
      );
  },
  cockatiel: () => {
    const policy = wrap(
      retry(handleAll, { maxAttempts: RETRIES, backoff: new ExponentialBackoff() }),
      circuitBreaker(handleAll, { halfOpenAfter: 1_000, breaker: new ConsecutiveBreaker(10) }),
      timeout(TIMEOUT_MS, TimeoutStrategy.Aggressive),
    );
    return (command) => policy.execute(command);
  },
};

function circuit(): Guard {
  const breaker = new CircuitBreaker((command: () => Promise<unknown>) => command(), {
    timeout: TIMEOUT_MS,
  });
  return (command) => breaker.fire(command) as ReturnType<typeof command>;
}

const guarded = Object.entries(guards).map(([name, guardOf]): Variant => ({
  name,
  base: `bare ${four.name}`,
  open: async (port, { onLine } = {}) => {
    const guard = guardOf(onLine);
    const client = await bareClient(four, port);
    return {
      get: (key) => guard(() => client.get(key)),
      set: (key, value) => guard(() => client.set(key, value)),
      incr: (key) => guard(() => client.incr(key)),
      close: () => client['disconnect'](),
    };
  },
}));

/** Everything that is compared, each with the client beneath it. */
export const VARIANTS: readonly Variant[] = [
  ...bare,
  ...wrapped,
  {
    ...{ name: `wrapped ${four.name}, each command logged`, base: `bare ${four.name}` },
    open: async (port) => {
      const redis = await wrappedClient(four, port, { logger: loggerOf('debug') });
      return subjectOf(redis, () => redis.resilience.shutdown({ drainMs: 0 }));
    },
  },
  ...guarded,
  {
    name: 'ioredis 5 with commandTimeout',
    open: async (port) => {
      const client = new Redis({ port, commandTimeout: TIMEOUT_MS, lazyConnect: true });
      client.on('error', () => undefined);
      await client.connect();
      return {
        get: (key) => client.get(key),
        set: (key, value) => client.set(key, value),
        incr: (key) => client.incr(key),
        close: () => {
          client.disconnect();
        },
      };
    },
  },
];

/** The variant of that name. @throws RangeError where there is none */
export function variantNamed(name: string): Variant {
  const variant = VARIANTS.find((one) => one.name === name);
  if (!variant) throw new RangeError(`There is no variant ${name}`);
  return variant;
}
