// Medians, and ratios of pairs. On a machine that is also used by others, two figures taken seconds
// apart in one round can be compared, two taken minutes apart cannot: so ratios are made round by
// round, and the median is taken last.

/** @param {number[]} values */
export function median(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * The median of `ours[round] / theirs[round]` over the rounds that both have.
 * @param {(number | undefined)[]} ours
 * @param {(number | undefined)[]} theirs
 */
export function pairedRatio(ours, theirs) {
  return median(ours.map((value, round) => (value ?? Number.NaN) / (theirs[round] ?? Number.NaN)));
}

/**
 * The median of `theirs[round] - base[round]`, in the same way.
 * @param {(number | undefined)[]} theirs
 * @param {(number | undefined)[]} base
 */
export function pairedDifference(theirs, base) {
  return median(theirs.map((value, round) => (value ?? Number.NaN) - (base[round] ?? Number.NaN)));
}
