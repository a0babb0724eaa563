import { readdirSync, readFileSync } from 'node:fs';
import { ERRORS } from '../../src/failures/errors.ts';
import {
  REASON_VERDICTS,
  VERDICTS,
  type FailureKind,
  type UnavailableReason,
  type Verdict,
} from '../../src/failures/kinds.ts';
import { DEFAULTS, PRESETS, type Groups } from '../../src/options/defaults.ts';
import { INSTRUMENTS } from '../../src/telemetry/opentelemetry/instruments.ts';
import { LOG_LEVELS } from '../../src/options/log-levels.ts';
import { LOG_FIELDS } from '../../src/telemetry/log-fields.ts';
import { CONDITIONS, type Result } from '../ecosystem/record.ts';
import { cellsOf, resultsIn } from '../faults/matrix/table.ts';
import { keptResults } from '../bench/results.ts';
import {
  barTable,
  costTable,
  outageTable,
  stormTable,
  telemetryTable,
  type Table,
} from '../bench/table.ts';
import { UPSTREAM_FAULTS } from '../integration/upstream-faults.ts';

const RETRIED: Readonly<Record<Verdict['retry'], string>> = {
  never: 'no',
  'when-safe': 'where it can do no harm',
  'when-server-recovers': 'yes, after `busyDelayMs`',
  'on-new-connection': 'yes, on a new connection',
  'with-new-credentials': 'once, with new credentials',
};

const MEANING: Readonly<Record<FailureKind, string>> = {
  'not-found': 'no such key, group, index, library or script',
  auth: 'the server refused the credentials',
  permission: 'the user may not do that (NOPERM)',
  transport: 'the connection could not be made, or was lost',
  timeout: 'no reply within the attempt or the call',
  unavailable: 'the server answers but does not serve; see `reason`',
  command: 'the server rejected the command itself',
  conflict: 'a watched key changed, or the watch was lost',
  'circuit-open': 'refused without asking the server',
  overloaded: 'too many calls in flight or waiting',
  aborted: "the caller's own signal",
  closed: 'the client was closed, or gave up reconnecting',
  unknown: 'anything else',
};

const EXECUTION: Readonly<Record<FailureKind, string>> = {
  'not-found': 'not-executed (strict: executed)',
  auth: 'not-executed',
  permission: 'not-executed',
  transport: 'not-sent or unknown',
  timeout: 'not-sent or unknown',
  unavailable: 'not-executed',
  command: 'not-executed (a script: unknown)',
  conflict: 'not-executed',
  'circuit-open': 'not-sent',
  overloaded: 'not-sent',
  aborted: 'not-sent or unknown',
  closed: 'not-sent',
  unknown: 'unknown',
};

const REASONS: Readonly<Record<UnavailableReason, string>> = {
  loading: 'LOADING',
  busy: 'BUSY',
  'master-down': 'MASTERDOWN',
  'cluster-down': 'CLUSTERDOWN',
  'try-again': 'TRYAGAIN',
  'max-clients': 'ERR max number of clients reached',
  maintenance: 'a planned handoff',
  'no-replicas': 'NOREPLICAS',
  'read-only': 'READONLY',
  'out-of-memory': 'OOM',
  persistence: 'MISCONF',
};

/** The tables of the README that follow from the code, by the name of their marker. */
export const TABLES: Readonly<Record<string, () => string>> = {
  kinds: () =>
    table(
      ['kind', 'class', 'what happened', 'execution', 'retried?', 'the circuit learns'],
      Object.entries(VERDICTS).map(([kind, { retry, circuit }]) => [
        `\`${kind}\``,
        `\`${ERRORS[kind as FailureKind].type.name}\``,
        MEANING[kind as FailureKind],
        EXECUTION[kind as FailureKind],
        kind === 'unavailable' ? 'by its reason' : RETRIED[retry],
        kind === 'unavailable' ? 'by its reason' : circuit,
      ]),
    ),
  reasons: () =>
    table(
      ['`reason` of `unavailable`', 'reply', 'retried?', 'the circuit learns'],
      Object.entries(REASONS).map(([reason, reply]) => {
        const verdict = REASON_VERDICTS[reason as UnavailableReason] ?? VERDICTS.unavailable;
        return [`\`${reason}\``, reply, RETRIED[verdict.retry], verdict.circuit];
      }),
    ),
  options: () =>
    table(
      ['option', 'default', 'meaning'],
      documentedOptions().map(({ group, field, meaning }) => {
        const value: unknown = Reflect.get(DEFAULTS[group], field);
        const shown =
          typeof value === 'number' ? value.toLocaleString('en-US') : `\`'${String(value)}'\``;
        return [`\`${group}.${field}\``, shown, meaning];
      }),
    ),
  presets: () =>
    table(
      ['preset', 'changes'],
      Object.entries(PRESETS).map(([preset, groups]) => [
        `\`'${preset}'\``,
        Object.entries(groups)
          .flatMap(([group, fields]) =>
            Object.entries(fields as object).map(
              ([field, value]) => `\`${group}.${field}\` ${String(value)}`,
            ),
          )
          .join(', ') || 'nothing',
      ]),
    ),
  ecosystem: () => {
    const results = ecosystemResults();
    const clients = [...new Set(results.flatMap(({ redis }) => Object.keys(redis)))].sort();
    return table(
      ['package', 'version', ...clients, 'in an outage'],
      results.map(({ package: name, version, outage, redis }) => [
        name,
        version,
        ...clients.map((client) => worksUnder(redis[client])),
        outage,
      ]),
    );
  },
  faults: () => {
    const { head, rows } = cellsOf(resultsIn(new URL('../faults/results/', import.meta.url)));
    return table(head, rows);
  },
  bars: () => {
    const results = keptResults();
    return `${shown(barTable(results))}\n\nMeasured on ${results.machine}, with the server on the same machine.`;
  },
  cost: () => {
    const busy = keptResults().hotPath.find(({ workload }) => workload === 'GET, 100 in flight');
    if (!busy) throw new Error('The kept run of the benchmark lacks GETs, 100 in flight');
    return shown(costTable(busy));
  },
  telemetry: () => shown(telemetryTable(keptResults().telemetry)),
  storms: () => shown(stormTable(keptResults().storms)),
  outages: () => shown(outageTable(keptResults().outages)),
  upstream: () =>
    table(
      ['shown by', 'redis', 'bare', 'wrapped'],
      UPSTREAM_FAULTS.map(({ program, majors, bare, wrapped }) => [
        `[${program}](examples/upstream/${program}.ts)`,
        majors.join(', '),
        bare,
        wrapped,
      ]),
    ),
  metrics: () =>
    table(
      ['metric', 'what', 'unit', 'labels'],
      Object.entries(INSTRUMENTS).map(([name, { description, unit, labels }]) => [
        `\`${name}\``,
        description,
        `\`${unit}\``,
        labels.map((label) => `\`${label}\``).join(', ') || '–',
      ]),
    ),
  events: () =>
    table(
      ['event', 'log level'],
      Object.entries(LOG_LEVELS).map(([type, level]) => [
        `\`${type}\``,
        level === false ? 'none: part of `summary`' : level,
      ]),
    ),
  fields: () =>
    table(
      ['field', 'meaning', 'present'],
      Object.entries(LOG_FIELDS).map(([name, about]) => [`\`${name}\``, ...about]),
    ),
};

/** What the last run of the ecosystem suite recorded, one file per package. */
export function ecosystemResults(): Result[] {
  const directory = new URL('../ecosystem/results/', import.meta.url);
  return readdirSync(directory)
    .sort()
    .map((file) => JSON.parse(readFileSync(new URL(file, directory), 'utf8')) as Result);
}

/** In which conditions a package works: in all, or which. */
function worksUnder(conditions = ''): string {
  return conditions === CONDITIONS.join(', ') ? 'works' : conditions || '–';
}

/** A field of an options interface, with what its docstring says. */
export interface DocumentedOption {
  readonly group: keyof Groups;
  readonly field: string;
  readonly meaning: string;
  /** As the docstring states it. */
  readonly defaultValue: string;
}

/** Reads the meaning of every option where a user's editor reads it too: in the docstrings. */
export function documentedOptions(): DocumentedOption[] {
  const source = readFileSync(new URL('../../src/options/types.ts', import.meta.url), 'utf8');
  return Object.keys(DEFAULTS).flatMap((name) => {
    const group = name as keyof Groups;
    const type = `${group[0]?.toUpperCase() ?? ''}${group.slice(1)}Options`;
    const [, body = ''] = new RegExp(`interface ${type} \\{(.*?)\n\\}`, 's').exec(source) ?? [];
    const fields = body.matchAll(/\/\*\* (.*?)\. @defaultValue (\S+) \*\/\s+readonly (\w+):/gs);
    return [...fields].map(([, meaning = '', defaultValue = '', field = '']) => ({
      group,
      field,
      meaning: meaning.replace(/\s*\n\s*\*\s*/g, ' '),
      defaultValue,
    }));
  });
}

const shown = ({ head, rows }: Table): string => table(head, rows);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
