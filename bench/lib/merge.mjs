// What one machine cannot measure, another may: with a higher limit of descriptors, say.

/** @import { Measured } from "./page.mjs" */
/** @import { Result } from "./rounds.mjs" */

/** @param {Result} result */
const hasFigures = ({ reports }) =>
  Object.values(reports).some((rounds) => rounds.some((report) => report));

/** @param {Result} result @param {Result} other */
const isSameCase = (result, other) =>
  result.workload === other.workload && result.case.label === other.case.label;

/**
 * `measured`, with the figures of `more` for each case that it has none of; these say where they come from.
 * @param {Measured} measured @param {Measured} more @returns {Measured}
 */
export function merge(measured, more) {
  const results = measured.results.map((result) => {
    const other = hasFigures(result)
      ? undefined
      : more.results.find((one) => isSameCase(one, result));
    if (!other) return result;
    const label = `${other.case.label} (Linux ${more.machine.kernel})`;
    return { ...other, case: { ...other.case, label } };
  });
  return { ...measured, results };
}
