/** The middle of some numbers: half of them are no larger. `NaN` of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Divides what was measured in the same round: a machine that was slow for one was slow for the other. */
export function pairedRatios(values: readonly number[], base: readonly number[]): number[] {
  return values.slice(0, base.length).map((value, round) => value / base[round]!);
}
