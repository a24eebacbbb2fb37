/** A broken mirror, on purpose: the same statement, without the condition that only a newer version replaces what is there. */
import { mirror } from '../../src/index.ts';
import type { Mirror } from '../mirroring.ts';

export const letsOlderWin: Mirror = (tx, table, columns, messages, row) =>
  mirror({ ...tx, query: <Row>(statement: string | { name: string; text: string }, values?: readonly unknown[]) =>
    tx.query<Row>((statement as { text: string }).text.replace('excluded.sequence > kept.sequence and', ''), values) }, table, columns, messages, row);
