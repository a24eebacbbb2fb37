/** Broken on purpose: the service without its row locks. */
import type { Tx } from '@regie/store';
import type { parts } from '../../src/identity.ts';

type Parts = ReturnType<typeof parts>;
const unlocked = (text: string): string => text.replaceAll(/ for (no key update|update|share)\b/g, '');

const withoutLocks = (tx: Tx): Tx => ({
  ...tx, query: (statement, values) => tx.query(typeof statement === 'string' ? unlocked(statement) : { ...statement, text: unlocked(statement.text) }, values),
});

/** The same operations on a transaction that locks nothing. */
export const lockless = (whole: Parts): Parts => ({
  ...whole,
  operations: Object.fromEntries(Object.entries(whole.operations).map(([name, handle]) =>
    [name, (input: never, context: { tx: Tx }) =>
      (handle as (input: never, context: never) => unknown)(input, { ...context, tx: withoutLocks(context.tx) } as never)])) as unknown as Parts['operations'],
});
