import { DEFAULTS, PRESETS, type Groups } from './defaults.ts';
import type {
  CommandOptions,
  Fallback,
  LogLevels,
  Mode,
  ResilienceOptions,
  ViewOptions,
} from './types.ts';
import { ORDERED, validateClientOptions, validateMode, validateViewOptions } from './validate.ts';

/** What a call may do: the options of its view and of its command, worked out. */
export interface CallPolicy {
  /** Infinity where the layer is off. */
  readonly attemptMs: number;
  /** Infinity where the layer is off. */
  readonly totalMs: number;
  /** 1 where the layer is off. */
  readonly maxAttempts: number;
  readonly retry: Groups['retry'];
  readonly fallback: Fallback | undefined;
  /** Whether the command waits at the server for data; it then has a connection to itself. */
  readonly blocking: boolean;
}

/** The options of a client with every gap filled. */
export interface Settings extends Pick<Groups, 'connection' | 'log'> {
  readonly name: string;
  readonly breaker: Groups['breaker'] | false;
  /** Infinity in every field where it is off. */
  readonly bulkhead: Groups['bulkhead'];
  readonly retry: Groups['retry'];
  readonly credentials: ResilienceOptions['credentials'];
  readonly logger: ResilienceOptions['logger'];
  readonly telemetry: ResilienceOptions['telemetry'];
  readonly logLevels: LogLevels;
  readonly mode: Mode;
  readonly stackTraces: boolean;
}

/** A bulkhead that is switched off. */
export const UNLIMITED: Groups['bulkhead'] = {
  maxInFlight: Infinity,
  maxWaiting: Infinity,
  maxWaitingOffline: Infinity,
};

/** Validates what was given and fills the gaps. @throws TypeError, RangeError on bad input */
export function settingsOf(given: ResilienceOptions): Settings {
  validateClientOptions(given);
  const mode = process.env['REDIS_RESILIENCE_MODE'] ?? given.mode ?? 'enforce';
  validateMode('REDIS_RESILIENCE_MODE', mode);
  const { breaker, bulkhead, connection } = given;
  return {
    name: given.name ?? 'redis',
    breaker: breaker === false ? false : fitted('breaker', DEFAULTS.breaker, breaker),
    bulkhead: bulkhead === false ? UNLIMITED : fitted('bulkhead', DEFAULTS.bulkhead, bulkhead),
    connection: fitted('connection', DEFAULTS.connection, connection),
    retry: Policies.of(given).for('').retry,
    credentials: given.credentials,
    logger: given.logger,
    telemetry: given.telemetry,
    log: fitted('log', DEFAULTS.log, given.log),
    logLevels: given.logLevels ?? {},
    mode: mode as Mode,
    stackTraces: given.stackTraces ?? false,
  };
}

/** Works out and remembers the policy of each command under a stack of options, the last winning. */
export class Policies {
  readonly #stack: readonly ViewOptions[];
  readonly #known = new Map<string, CallPolicy>();

  constructor(stack: readonly ViewOptions[]) {
    this.#stack = stack;
  }

  static of(options: ResilienceOptions): Policies {
    return new Policies([PRESETS[options.preset ?? 'default'], options]);
  }

  /** The same policies under further options. @throws TypeError, RangeError on bad input */
  with(overrides: ViewOptions): Policies {
    validateViewOptions(overrides);
    return new Policies([...this.#stack, overrides]);
  }

  for(command: string): CallPolicy {
    let policy = this.#known.get(command);
    if (!policy) this.#known.set(command, (policy = this.#resolve(command)));
    return policy;
  }

  /** The policy of a blocking command with `ownTimeoutMs` of its own: the server's time comes on top. */
  blocking(command: string, ownTimeoutMs: number): CallPolicy {
    const policy = this.for(command);
    const { blockingGraceMs } = this.#group('timeout', this.#layersFor(command)) ?? {
      blockingGraceMs: Infinity,
    };
    return { ...policy, blocking: true, maxAttempts: 1, attemptMs: ownTimeoutMs + blockingGraceMs };
  }

  #resolve(command: string): CallPolicy {
    const layers = this.#layersFor(command);
    const timeout = this.#group('timeout', layers);
    const retry = this.#group('retry', layers);
    const replay = layers.findLast((layer) => layer.replay)?.replay;
    const fallback = layers.findLast((layer) => layer.fallback !== undefined)?.fallback;
    return {
      attemptMs: timeout?.attemptMs ?? Infinity,
      totalMs: timeout?.totalMs ?? Infinity,
      maxAttempts: retry?.maxAttempts ?? 1,
      retry: { ...DEFAULTS.retry, ...retry, ...(replay && { replay }) },
      fallback: fallback === false ? undefined : fallback,
      blocking: false,
    };
  }

  #layersFor(command: string): readonly CommandOptions[] {
    return this.#stack.flatMap((options) => {
      const own = Object.entries(options.commands ?? {}).find(
        ([name]) => name.toUpperCase() === command,
      );
      return own ? [options, own[1]] : [options];
    });
  }

  /** The group after all overrides, each fitted to the next, or undefined where the last word is `false`. */
  #group<G extends 'timeout' | 'retry'>(
    name: G,
    layers: readonly CommandOptions[],
  ): Groups[G] | undefined {
    let values: Groups[G] | undefined = DEFAULTS[name];
    for (const layer of layers) {
      const given = layer[name] as Partial<Groups[G]> | false | undefined;
      if (given === false) values = undefined;
      else if (given) values = fitted(name, values ?? DEFAULTS[name], given);
    }
    return values;
  }
}

/** What was given, and around it a base whose values shrink, or grow, to fit it. */
function fitted<G extends keyof Groups>(
  name: G,
  base: Groups[G],
  given: Partial<Groups[G]> | undefined,
): Groups[G] {
  const own = Object.fromEntries(
    Object.entries(given ?? {}).filter(([, value]) => value !== undefined),
  ) as Record<string, number>;
  const values = { ...base, ...own } as Record<string, number>;
  for (const [ordered, small, large] of ORDERED) {
    if (ordered !== name) continue;
    const [least = 0, most = 0] = [values[small], values[large]];
    if (least <= most) continue;
    if (own[small] === undefined) values[small] = most;
    else values[large] = least;
  }
  return values as unknown as Groups[G];
}
