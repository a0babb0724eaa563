import type { Ended } from './run.ts';

const SORTS = ['none', 'cut', 'undecodable', 'parses'] as const;

const row = () => ({ cases: 0, calls: 0, right: 0, failed: 0, wrong: 0, pending: 0 });

/** Counts what became of calls, by the sort of damage. */
export class Tally {
  broken = 0;
  readonly rows = { none: row(), cut: row(), undecodable: row(), parses: row() };

  add(ended: Ended): void {
    if (ended.broken.length > 0) this.broken++;
    if (!('plan' in ended)) return;
    const counts = this.rows[ended.verdict.sort];
    counts.cases++;
    for (const { outcome } of ended.calls) {
      counts.calls++;
      counts[outcome]++;
    }
  }

  toString(): string {
    const cells = SORTS.map((sort) => {
      const { cases, calls, right, failed, wrong, pending } = this.rows[sort];
      return `  ${sort.padEnd(12)}${[cases, calls, right, failed, wrong, pending].map((count) => String(count).padStart(9)).join('')}`;
    });
    const head = ['cases', 'calls', 'right', 'failed', 'wrong', 'hanging'];
    const names = head.map((name) => name.padStart(9)).join('');
    return [`  ${'damage'.padEnd(12)}${names}`, ...cells].join('\n');
  }
}
