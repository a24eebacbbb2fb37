/** Proves that no more was promised than there is, from what the system itself shows. */

export interface Taken { readonly from: string; readonly to: string; readonly quantity: number }

/** The most pieces taken at one instant. Touching periods do not add up. */
export function peakOf(taken: readonly Taken[]): number {
  const steps = taken.flatMap(({ from, to, quantity }) => [[Date.parse(from), quantity], [Date.parse(to), -quantity]] as const);
  steps.sort(([a, up], [b, down]) => a - b || up - down);
  let now = 0;
  return steps.reduce((peak, [, change]) => Math.max(peak, (now += change)), 0);
}

/** The most taken at one instant within a period. */
export const peakWithin = (taken: readonly Taken[], { from, to }: Pick<Taken, 'from' | 'to'>): number =>
  peakOf(taken.filter((one) => one.from < to && one.to > from).map((one) => ({ ...one, from: one.from < from ? from : one.from, to: one.to > to ? to : one.to })));
