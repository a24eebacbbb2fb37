/** How decisions come about, as figures: an operator sees when companies stop being decided ahead of their lock. */
import type { Reacting } from '@regie/runtime';
import { settlingOf } from './settlement.reactions.ts';

/** Batches by the way they went since the start, and what is kept in memory for it. */
export function showSettling({ app: { metrics }, db }: Omit<Reacting, 'traceparent'>): void {
  const { counted, kept } = settlingOf(db);
  metrics.gauge('regie_decided_batches', () => Object.entries(counted).map(([way, batches]) => [{ way }, batches] as const));
  metrics.gauge('regie_known_lines', kept);
}
