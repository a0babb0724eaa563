import { inspect } from 'node:util';
import { resilient, type ResilienceEvent, type ResilienceOptions } from 'redis-resilience';
import { BRISK } from '../../integration/wrapped.ts';
import { DEFAULTS } from '../../../src/options/defaults.ts';
import type { AnyClient, ClientVersion } from '../../support/clients.ts';
import { SubjectProcess } from '../../support/subject-process.ts';
import type { Call } from '../../support/workload-call.ts';
import { Workload, type Subject as Client } from '../../support/workload.ts';
import type { Deadlines } from '../catalogue/fault.ts';
import { PASSWORD } from '../catalogue/server.ts';

/** Where the clients of a row connect to. */
export interface Place {
  readonly version: ClientVersion;
  readonly port: number;
  /** Set where the server speaks TLS: who has signed its certificate. */
  readonly ca?: string | undefined;
}

/** A client under a workload of its own. */
export interface Subject {
  readonly owner: string;
  /** Resolves when it is connected, rejects where it cannot be. */
  connect(): Promise<unknown>;
  start(): void;
  stop(): void;
  calls(): readonly Call[];
  end(): unknown;
}

export const LOAD = { ratePerSecond: 100, maxCalls: 2_000 };

const urlOf = ({ port, ca }: Place): string =>
  `${ca ? 'rediss' : 'redis'}://:${PASSWORD}@127.0.0.1:${port}`;

/** What the client is given to connect to that place. */
const optionsOf = (place: Place): object => ({
  url: urlOf(place),
  ...(place.ca && { socket: { ca: place.ca } }),
});

function under(client: Client, owner: string) {
  const workload = new Workload(client, { owner, ...LOAD });
  return {
    start: () => {
      workload.start();
    },
    stop: () => {
      workload.stop();
    },
    calls: () => workload.report().calls,
  };
}

/** The client as it comes, with the listener that it needs to survive. */
export function bareSubject(place: Place): Subject {
  const client = place.version.createClient(optionsOf(place));
  client.on('error', () => undefined);
  const owner = 'bare';
  return {
    owner,
    ...under(client, owner),
    connect: () => client.connect(),
    end: () => {
      try {
        void Promise.resolve(client['destroy']?.() ?? client['disconnect']()).catch(
          () => undefined,
        );
      } catch {
        // Ending a handshake throws out of redis 4 and 5.
      }
    },
  };
}

/** The client as it comes, in a process of its own, where the fault ends that. */
export function bareProcess({ version, port }: Place): Subject & { readonly hasCrashed: boolean } {
  const owner = 'bare';
  const { major } = version;
  const order = { type: 'connect', client: 'bare', major, port, password: PASSWORD } as const;
  const subject = new SubjectProcess({ ...order, owner, ...LOAD });
  return {
    owner,
    connect: () => subject.connected(),
    start: () => {
      subject.startTraffic();
    },
    stop: () => {
      subject.stopTraffic();
    },
    calls: () => subject.calls,
    end: () => {
      subject.kill();
    },
    get hasCrashed() {
      return subject.hasCrashed;
    },
  };
}

/** A wrapped client, and everything that it lets be seen from outside. */
export interface Guarded extends Subject {
  readonly deadlines: Deadlines & { readonly totalMs: number };
  readonly events: readonly ResilienceEvent[];
  readonly lines: readonly { readonly level: string }[];
  /** Everything that an operator could come to read of it, as text. */
  visible(): string;
}

/** As in the acceptance table, and with nothing set at all. */
export const OPTIONS = { brisk: BRISK, defaults: {} } as const;

/** So many errors of each sort are looked at from all sides: printing one costs a millisecond. */
const INSPECTED = 5;

/** The client wrapped, at debug level, so that every line is written that there is. */
export function guardedSubject(place: Place, name: keyof typeof OPTIONS): Guarded {
  const options: ResilienceOptions = OPTIONS[name];
  const owner = `canary-${name}`;
  const events: ResilienceEvent[] = [];
  const lines: { level: string }[] = [];
  const logger = { level: 'debug', log: (line: { level: string }) => lines.push(line) };
  const client = place.version.createClient(optionsOf(place));
  const redis = resilient(client, { ...options, logger });
  redis.resilience.on('*', (event) => {
    if (!event.type.startsWith('call.')) events.push(event);
  });
  const deadlines = { ...DEFAULTS.timeout, ...DEFAULTS.connection };
  const errors = new Map<string, unknown[]>();
  return {
    owner,
    events,
    lines,
    deadlines: Object.assign(deadlines, options.timeout, options.connection),
    ...under(keepingErrors(redis, errors), owner),
    connect: () => redis.connect(),
    visible: () =>
      [
        inspect(redis, { depth: 10 }),
        inspect(redis.resilience, { depth: 10 }),
        ...[redis.resilience.stats(), events, lines].map((value) => JSON.stringify(value)),
        ...[...errors.values()]
          .flat()
          .flatMap((error) => [inspect(error, { depth: 10 }), JSON.stringify(error)]),
      ].join('\n'),
    end: () => redis.resilience.shutdown({ drainMs: 0 }),
  };
}

function keepingErrors(redis: AnyClient, errors: Map<string, unknown[]>): Client {
  const kept = async (reply: Promise<unknown>) => {
    try {
      return await reply;
    } catch (error) {
      const { kind, execution, command } = error as Record<string, unknown>;
      const sort = [kind, execution, command].join();
      const same = errors.get(sort) ?? [];
      errors.set(sort, same);
      if (same.length < INSPECTED) same.push(error);
      throw error;
    }
  };
  return {
    get: (key) => kept(redis.get(key)),
    set: (key, value) => kept(redis.set(key, value)),
    incr: (key) => kept(redis.incr(key)),
  };
}
