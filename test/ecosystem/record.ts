import { readFileSync } from 'node:fs';
import type { ClientVersion } from '../support/clients.ts';

/** What a package is run under. */
export const CONDITIONS = [
  'bare',
  'circuit closed',
  'circuit open',
  'circuit half-open',
  'server killed',
  'server frozen',
] as const;

export type Condition = (typeof CONDITIONS)[number];

/** What one run found out about a package, as it stands in the repository. */
export interface Result {
  readonly package: string;
  readonly version: string;
  readonly outage: string;
  /** The conditions under which it works, by the version of node-redis. */
  readonly redis: Readonly<Record<string, string>>;
}

/** Collects what one run finds out about a package. */
export interface Recording {
  readonly file: string;
  note(version: ClientVersion, condition: Condition): void;
  text(): string;
}

/** Starts the record of a package. */
export function recordOf({
  installedAs,
  beside = [],
  outage,
}: {
  readonly installedAs: string;
  readonly beside?: readonly string[] | undefined;
  readonly outage: string;
}): Recording {
  const installed = [installedAs, ...beside].map(manifestOf);
  const passed = new Map<string, Set<Condition>>();
  return {
    file: installedAs.replace(/^@/, '').replaceAll('/', '-'),
    note({ name: client }, condition) {
      const conditions = passed.get(client) ?? new Set();
      passed.set(client, conditions.add(condition));
    },
    text() {
      // In an order of their own, since tests end in any.
      const redis = Object.fromEntries(
        [...passed]
          .sort(([one], [other]) => one.localeCompare(other))
          .map(([client, conditions]) => [
            client,
            CONDITIONS.filter((condition) => conditions.has(condition)).join(', '),
          ]),
      );
      const result: Result = {
        package: listed(installed.map(({ name }) => name)),
        version: installed.map(({ version }) => version).join(', '),
        outage,
        redis,
      };
      return `${JSON.stringify(result, null, 2)}\n`;
    },
  };
}

function listed([name = '', ...beside]: readonly string[]): string {
  return beside.length === 0 ? name : `${name} with ${beside.join(' and ')}`;
}

function manifestOf(installedAs: string): { name: string; version: string } {
  const file = new URL(`../../node_modules/${installedAs}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as { name: string; version: string };
}
