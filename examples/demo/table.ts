import type { Score } from './score.ts';

const columns: readonly (readonly [title: string, cell: (score: Score) => string | number])[] = [
  ['fault', ({ fault }) => fault],
  ['client', ({ client }) => client],
  ['calls', ({ calls }) => calls],
  ['answered', ({ answered }) => answered],
  ['failed', ({ failed }) => failed],
  ['hanging', ({ hanging }) => hanging],
  ['longest', ({ longestMs }) => `${longestMs} ms`],
  ['twice', ({ executedTwice }) => executedTwice],
  ['lost', ({ lostWrites }) => lostWrites],
  ['wrong', ({ wrongReplies }) => wrongReplies],
  ['recovery', recoveryCell],
];
const leftAligned = 2;

/** Writes the scores as a table, the two clients of each fault below one another. */
export function tableOf(scores: readonly Score[]): string {
  const rows = scores.map((score) => columns.map(([, cell]) => String(cell(score))));
  const titles = columns.map(([title]) => title);
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('  ');
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const body = rows.flatMap((row, index) =>
    index > 0 && row[0] !== rows[index - 1]?.[0] ? [rule, line(row)] : [line(row)],
  );
  return [line(titles), rule, ...body].join('\n');
}

function pad(cell: string, width: number, column: number): string {
  return column < leftAligned ? cell.padEnd(width) : cell.padStart(width);
}

function recoveryCell({ recoveryMs }: Score): string {
  if (recoveryMs === undefined) return '';
  return recoveryMs === null ? 'never' : `${recoveryMs} ms`;
}
