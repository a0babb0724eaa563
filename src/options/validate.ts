import { PRESETS, type Groups } from './defaults.ts';
import { levelsOf, LOG_LEVELS, usualLevels } from './log-levels.ts';
import { MAX_TIMER_MS } from './max-timer.ts';
import type { ResilienceOptions, ViewOptions } from './types.ts';

interface Rule {
  readonly allowed: string;
  readonly accepts: (value: unknown) => boolean;
}

const number = (min: number, max: number, allowed: string, integer = false): Rule => ({
  allowed,
  accepts: (value) =>
    typeof value === 'number' &&
    value >= min &&
    value <= max &&
    (!integer || Number.isInteger(value)),
});
const oneOf = (...values: readonly string[]): Rule => ({
  allowed: values.map((value) => `'${value}'`).join(', '),
  accepts: (value) => typeof value === 'string' && values.includes(value),
});

const DURATION = number(1, MAX_TIMER_MS, 'a number of milliseconds from 1 to 2,147,483,647');
const DELAY = number(0, MAX_TIMER_MS, 'a number of milliseconds from 0 to 2,147,483,647');
const RATE = number(0, 1, 'a number from 0 to 1');
const COUNT = number(1, Number.MAX_SAFE_INTEGER, 'a whole number of at least 1', true);
const BOOLEAN: Rule = { allowed: 'true or false', accepts: (value) => typeof value === 'boolean' };
const FUNCTION: Rule = { allowed: 'a function', accepts: (value) => typeof value === 'function' };
const REPLAY = oneOf('never', 'reads', 'same-reply', 'same-state');

type GroupRules = { readonly [G in keyof Groups]: { readonly [F in keyof Groups[G]]: Rule } };

const GROUPS: GroupRules = {
  timeout: { attemptMs: DURATION, totalMs: DURATION, blockingGraceMs: DELAY },
  retry: {
    maxAttempts: COUNT,
    baseDelayMs: DELAY,
    maxDelayMs: DELAY,
    busyDelayMs: DELAY,
    budgetRatio: RATE,
    budgetPerSecond: number(0, Number.MAX_SAFE_INTEGER, 'a number of at least 0'),
    replay: REPLAY,
  },
  breaker: {
    failureRate: RATE,
    minimumFailures: COUNT,
    consecutiveFailures: COUNT,
    windowMs: number(100, MAX_TIMER_MS, 'a number of milliseconds of at least 100'),
    disconnectedMs: DELAY,
    openDurationMs: DURATION,
    maxOpenDurationMs: DURATION,
    halfOpenProbes: COUNT,
  },
  bulkhead: { maxInFlight: COUNT, maxWaiting: COUNT, maxWaitingOffline: COUNT },
  connection: {
    connectMs: DURATION,
    silenceMs: DURATION,
    heartbeatMs: DURATION,
    baseDelayMs: DELAY,
    maxDelayMs: DELAY,
  },
  log: { summaryMs: DURATION, successRate: RATE },
};

/** Two durations of which the first must not be longer, and does not make sense if it is. */
export const ORDERED: readonly (readonly [keyof Groups, string, string])[] = [
  ['timeout', 'attemptMs', 'totalMs'],
  ['retry', 'baseDelayMs', 'maxDelayMs'],
  ['breaker', 'openDurationMs', 'maxOpenDurationMs'],
  ['connection', 'baseDelayMs', 'maxDelayMs'],
];

/** Part of the design and not built yet: better refused than silently without effect. */
const PLANNED: Readonly<Record<string, string>> = {
  'breaker.rampMs': 'nothing yet: traffic is not ramped up after an outage in this version',
  "mode: 'dry-run'": "'enforce' or 'off': there is no dry run in this version",
};

/** Groups that are no layer, so that `false` means nothing. */
const ALWAYS_ON: readonly (keyof Groups)[] = ['connection', 'log'];

const CALL_FIELDS = ['timeout', 'retry', 'fallback'];
const VIEW_FIELDS = [...CALL_FIELDS, 'commands'];
const CLIENT_FIELDS = [
  ...VIEW_FIELDS,
  ...['name', 'preset', 'breaker', 'bulkhead', 'connection'],
  ...['credentials', 'logger', 'log', 'logLevels', 'telemetry', 'mode', 'stackTraces'],
];

/** Refuses options that are unknown, out of range or contradict each other. @throws TypeError, RangeError */
export function validateClientOptions(options: ResilienceOptions): void {
  record('options', options, CLIENT_FIELDS);
  check('name', options.name, {
    allowed: 'a string',
    accepts: (value) => typeof value === 'string',
  });
  check('preset', options.preset, oneOf(...Object.keys(PRESETS)));
  for (const group of ['breaker', 'bulkhead', 'connection', 'log'] as const) {
    checkGroup(group, group, options[group]);
  }
  check('credentials', options.credentials, FUNCTION);
  if (options.logger !== false) {
    check('logger', options.logger, {
      allowed: "false, or an object with winston's log(entry)",
      accepts: (value) => typeof (value as { log?: unknown } | null)?.log === 'function',
    });
  }
  check('telemetry', options.telemetry, {
    allowed: "what openTelemetry() of 'redis-resilience/opentelemetry' gives",
    accepts: (value) => typeof (value as { watch?: unknown } | null)?.watch === 'function',
  });
  validateLogLevels(options);
  validateMode('mode', options.mode);
  check('stackTraces', options.stackTraces, BOOLEAN);
  validateViewOptions(options, CLIENT_FIELDS);
}

/** Refuses what a view of a client cannot have. @throws TypeError, RangeError */
export function validateViewOptions(
  options: ViewOptions,
  fields: readonly string[] = VIEW_FIELDS,
): void {
  record('options', options, fields);
  validateCallOptions('', options);
  if (options.commands === undefined) return;
  record('commands', options.commands);
  for (const [name, overrides] of Object.entries(options.commands)) {
    record(`commands.${name}`, overrides, [...CALL_FIELDS, 'replay']);
    validateCallOptions(`commands.${name}.`, overrides);
    for (const group of ['timeout', 'retry'] as const) {
      const [around, own] = [options[group], overrides[group]];
      if (around && own) checkGroup(`commands.${name}.${group}`, group, { ...around, ...own });
    }
    check(`commands.${name}.replay`, overrides.replay, REPLAY);
  }
}

/** Refuses a mode that does not exist. @throws RangeError */
export function validateMode(option: string, mode: unknown): void {
  if (mode === 'dry-run') refuse(option, mode, PLANNED["mode: 'dry-run'"] ?? '');
  check(option, mode, oneOf('enforce', 'off'));
}

/** Refuses what a check of the server's health cannot go by. @throws TypeError, RangeError */
export function validateHealth(options: object): void {
  check('deadlineMs', record('options', options, ['deadlineMs'])['deadlineMs'], DURATION);
}

/** Refuses what a shutdown cannot go by. @throws TypeError, RangeError */
export function validateShutdown(options: object): void {
  check('drainMs', record('options', options, ['drainMs'])['drainMs'], {
    allowed: `${DELAY.allowed}, or Infinity`,
    accepts: (value) => value === Infinity || DELAY.accepts(value),
  });
}

function validateLogLevels({ logLevels = {}, logger }: ResilienceOptions): void {
  record('logLevels', logLevels, Object.keys(LOG_LEVELS));
  const level = oneOf(...levelsOf(logger));
  const rule: Rule = {
    allowed: `false, ${level.allowed}`,
    accepts: (value) => value === false || level.accepts(value),
  };
  for (const [event, value] of Object.entries(logLevels)) check(`logLevels.${event}`, value, rule);
  if (logger === false) return;
  for (const [event, value] of Object.entries({ ...usualLevels(logger), ...logLevels })) {
    if (rule.accepts(value)) continue;
    const lacking = `'${String(value)}' for ${event}: it has ${level.allowed}`;
    refuse('logger', logger, `one whose levels have ${lacking}; or give logLevels`);
  }
}

function validateCallOptions(prefix: string, options: ViewOptions): void {
  checkGroup(`${prefix}timeout`, 'timeout', options.timeout);
  checkGroup(`${prefix}retry`, 'retry', options.retry);
  if (options.fallback !== false) check(`${prefix}fallback`, options.fallback, FUNCTION);
}

function checkGroup(option: string, group: keyof Groups, given: unknown): void {
  if (given === undefined || (given === false && !ALWAYS_ON.includes(group))) return;
  const rules: Readonly<Record<string, Rule>> = GROUPS[group];
  const values = record(option, given, Object.keys(rules));
  for (const [field, value] of Object.entries(values)) {
    const rule = rules[field];
    if (rule) check(`${option}.${field}`, value, rule);
  }
  for (const [ordered, small, large] of ORDERED) {
    if (ordered !== group) continue;
    const [least, most] = [values[small], values[large]] as (number | undefined)[];
    if (least !== undefined && most !== undefined && least > most) {
      refuse(`${option}.${small}`, least, `at most ${option}.${large}, which is ${most}`);
    }
  }
}

function record(
  option: string,
  given: unknown,
  fields?: readonly string[],
): Record<string, unknown> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new TypeError(`Cannot use ${option}: ${describe(given)} was given, allowed is an object`);
  }
  const unknown = fields && Object.keys(given).find((field) => !fields.includes(field));
  if (unknown === undefined) return given as Record<string, unknown>;
  const path = option === 'options' ? unknown : `${option}.${unknown}`;
  const value = (given as Record<string, unknown>)[unknown];
  throw new TypeError(
    `Cannot use ${path}: ${describe(value)} was given, allowed is ${PLANNED[path] ?? `one of ${fields?.join(', ') ?? ''}`}`,
  );
}

function check(option: string, value: unknown, rule: Rule): void {
  if (value !== undefined && !rule.accepts(value)) refuse(option, value, rule.allowed);
}

function refuse(option: string, value: unknown, allowed: string): never {
  const type = typeof value === 'number' || typeof value === 'string' ? RangeError : TypeError;
  const given = option === 'credentials' ? describe(value) : show(value);
  throw new type(`Cannot use ${option}: ${given} was given, allowed is ${allowed}`);
}

/** Names a value that may be a secret: a password given in the wrong place, a URL that has one. */
function describe(value: unknown): string {
  return typeof value === 'string' ? 'a string' : show(value);
}

/** Names a value without printing what is inside of an object. */
function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}
