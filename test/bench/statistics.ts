/** The value that as many are below as above. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The smallest value that a share of all, 0 to 1, does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  if (value === undefined) throw new RangeError('Cannot tell a percentile of nothing');
  return value;
}

/** How far the middle half of the values spreads. */
export function spread(values: readonly number[]): number {
  return percentile(values, 0.75) - percentile(values, 0.25);
}
