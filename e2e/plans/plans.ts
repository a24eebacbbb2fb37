/** What a list asks of the database, and how the database would find it. */
import { transact, type Database, type Tx, type Work } from '@regie/store';
import type { FreshDatabase } from '@regie/testing';
import pg from 'pg';

interface Statement { readonly name?: string; readonly text: string; readonly values: readonly unknown[] }
interface Node { readonly 'Node Type': string; readonly 'Relation Name'?: string; readonly Plans?: readonly Node[] }

let hearing: Statement[] | undefined;
const ask = pg.Client.prototype.query as (...args: unknown[]) => unknown;
pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
  const [asked, values] = args as [string | { name?: string; text: string; values?: unknown[] }, unknown];
  const statement = typeof asked === 'string' ? { text: asked, values: Array.isArray(values) ? (values as unknown[]) : [] } : { ...asked, values: asked.values ?? [] };
  if (/^\s*(select|with)\b/i.test(statement.text)) hearing?.push(statement);
  return ask.apply(this, args);
} as typeof pg.Client.prototype.query;

/** Runs it and returns what was asked of PostgreSQL meanwhile. */
export async function askedBy(run: () => Promise<unknown>): Promise<readonly Statement[]> {
  const heard = (hearing = []);
  try {
    await run();
  } finally {
    hearing = undefined;
  }
  return heard;
}

/** Tables that grow with the work of years: those that hold many rows now. */
export async function growing(db: FreshDatabase): Promise<ReadonlySet<string>> {
  return new Set((await db.query<{ relname: string }>(`select relname from pg_class where relkind = 'r' and reltuples >= 10000`)).map(({ relname }) => relname));
}

/**
 * Tables that grow and would be read from one end to the other, as the statement is planned for these values, and as it is planned once for all
 * where it is prepared: after some uses PostgreSQL keeps that one.
 */
export async function readWhole(db: Database, work: Work, { name, text, values }: Statement, large: ReadonlySet<string>): Promise<string[]> {
  const explained = await transact(db, work, async (tx) => [
    ...(await tx.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(`explain (format json) ${text}`, values)),
    ...(name === undefined || values.length === 0 ? [] : await generic(tx, text)),
  ]);
  return [...new Set(explained.flatMap(({ 'QUERY PLAN': [{ Plan }] }) => scanned(Plan)))].filter((table) => large.has(table));
}

const generic = (tx: Tx, text: string) => tx.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(`explain (generic_plan, format json) ${text}`);

const scanned = (node: Node): string[] => [...(node['Node Type'] === 'Seq Scan' ? [node['Relation Name']!] : []), ...(node.Plans ?? []).flatMap(scanned)];
