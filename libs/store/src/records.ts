/** Plain resources, whole: list, get, create, patch and archive with ETag, cursor, search, tenancy and facts. */
import { isRefusal, notFound, refuse, reply, type Changes, type Handler, type Refusal, type Resource, type Text } from '@regie/contracts';
import { listRows, type Sort } from './list.ts';
import { saveTerms, searchConditions, termsOf } from './search.ts';
import type { Tx } from './transact.ts';
import { uuid7 } from './uuid.ts';

/** What every table of a plain resource has: these columns, and one `jsonb` with the resource's own fields. */
export interface RecordRow { id: string; version: number; created_at: Date; updated_at: Date; archived_at: Date | null; data: Record<string, unknown> }

/** `create table` of a plain resource. */
export const recordTableSql = (table: string, extra = ''): string => `
  create table ${table} (
    id uuid primary key,
    company_id uuid not null,
    version int not null,
    name text not null,
    data jsonb not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    archived_at timestamptz${extra ? `,\n    ${extra}` : ''}
  );
  create index ${table}_newest on ${table} (company_id, created_at, id);
  create index ${table}_by_name on ${table} (company_id, name, id);
`;

export interface RecordsOptions {
  readonly table: string;
  readonly said: Text;
  /** The words it is found by. */
  readonly terms: (data: Readonly<Record<string, unknown>>) => readonly (string | null | undefined)[];
  /** Completes what was sent (ids of nested rows, references checked), or refuses. */
  readonly prepare?: (
    data: Record<string, unknown>, before: Readonly<Record<string, unknown>> | null, tx: Tx,
  ) => Promise<Record<string, unknown> | Refusal> | Record<string, unknown> | Refusal;
  /** Refuses while open work refers to it. */
  readonly inUse?: (tx: Tx, id: string) => Promise<Refusal | null>;
}

interface InTx { readonly tx: Tx }
interface ListInput { limit?: number; cursor?: string; sort?: string; q?: string; archived?: boolean }

const sorts: Readonly<Record<string, Sort>> = {
  '-createdAt': { column: 'created_at', type: 'timestamptz', descending: true }, createdAt: { column: 'created_at', type: 'timestamptz' }, name: { column: 'name', type: 'text' },
};

const view = ({ id, created_at, updated_at, archived_at, data }: RecordRow) =>
  ({ id, createdAt: created_at.toISOString(), updatedAt: updated_at.toISOString(), archivedAt: archived_at?.toISOString() ?? null, ...data });

/** What was nothing before, as in all that is new, need not be put into words to be compared. */
const differ = (before: unknown, after: unknown): boolean =>
  before !== after && (before === null || after === null || JSON.stringify(before) !== JSON.stringify(after));

/** field → [before, after] of what differs. Both sides are plain JSON. */
export function changesBetween(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): Changes {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  fields.delete('updatedAt');
  const changed = [...fields].filter((field) => differ(before[field] ?? null, after[field] ?? null));
  return Object.fromEntries(changed.map((field) => [field, [before[field] ?? null, after[field] ?? null]]));
}

/** The row has moved on since the caller read it. */
export const stale = (): Refusal<'request.stale'> => refuse('request.stale', {
  en: 'Somebody changed it meanwhile. Read it again, then repeat your change.',
  fr: 'Quelqu’un l’a modifié entre-temps. Relisez, puis refaites votre modification.',
});

/** Handlers of a plain resource, each to be put under its operation's name. */
export function records(resource: Resource, { table, said, terms, prepare, inUse }: RecordsOptions) {
  const { facts } = resource;
  const optionals = Object.keys(resource.state.properties);

  /** Every declared field is there, null where nothing was sent. */
  const complete = (data: Record<string, unknown>): Record<string, unknown> => {
    const full: Record<string, unknown> = {};
    for (const name of optionals) if (!['id', 'createdAt', 'updatedAt', 'archivedAt'].includes(name)) full[name] = data[name] ?? null;
    return full;
  };
  const lock = async (tx: Tx, id: string): Promise<RecordRow | undefined> =>
    (await tx.query<RecordRow>(`select id, version, created_at, updated_at, archived_at, data from ${table}
      where company_id = $1 and id = $2 for no key update`, [tx.companyId, id]))[0];
  const save = async (tx: Tx, before: RecordRow, data: Record<string, unknown>, archived: boolean): Promise<RecordRow> => {
    const [row] = await tx.query<RecordRow>(
      `update ${table} set version = version + 1, name = $3, data = $4, updated_at = now(), archived_at = ${archived ? 'now()' : 'archived_at'} where company_id = $1 and id = $2
       returning id, version, created_at, updated_at, archived_at, data`, [tx.companyId, before.id, data['name'], JSON.stringify(data)]);
    await saveTerms(tx, table, before.id, termsOf(...terms(data)));
    return row!;
  };

  const list: Handler<unknown, InTx> = async (input, { tx }) => {
    const { limit, cursor, sort = '-createdAt', q, archived = false } = input as ListInput;
    const page = await listRows<RecordRow>(tx, {
      columns: 'id, version, created_at, updated_at, archived_at, data', from: table, sort: sorts[sort]!, limit, cursor,
      where: [['company_id = ?', tx.companyId], [archived ? 'archived_at is not null' : 'archived_at is null'], ...(q === undefined ? [] : searchConditions(tx, table, q))],
    });
    return (isRefusal(page) ? page : { items: page.rows.map(view), nextCursor: page.nextCursor }) as never;
  };
  const get: Handler<unknown, InTx> = async (input, { tx }) => {
    const [row] = await tx.query<RecordRow>(`select id, version, created_at, updated_at, archived_at, data from ${table} where company_id = $1 and id = $2`,
      [tx.companyId, (input as { id: string }).id]);
    return (row ? reply(view(row), { version: row.version }) : notFound(said)) as never;
  };
  const create: Handler<unknown, InTx> = async (input, { tx }) => {
    const prepared = prepare ? await prepare({ ...(input as object) }, null, tx) : { ...(input as object) };
    if (isRefusal(prepared)) return prepared as never;
    const data = complete(prepared as Record<string, unknown>);
    const id = uuid7();
    const [row] = await tx.query<RecordRow>(
      `insert into ${table} (id, company_id, version, name, data) values ($1, $2, 1, $3, $4) returning id, version, created_at, updated_at, archived_at, data`,
      [id, tx.companyId, data['name'], JSON.stringify(data)]);
    await saveTerms(tx, table, id, termsOf(...terms(data)));
    tx.tell(facts.created, view(row!) as never, { version: 1, changes: changesBetween({}, view(row!)) });
    return reply(view(row!), { version: 1 }) as never;
  };
  const patch: Handler<unknown, InTx> = async (input, { tx, expectedVersion }) => {
    const { id, ...sent } = input as { id: string } & Record<string, unknown>;
    const before = await lock(tx, id);
    if (!before) return notFound(said);
    if (expectedVersion !== undefined && expectedVersion !== before.version) return stale();
    const prepared = prepare ? await prepare({ ...before.data, ...sent }, before.data, tx) : { ...before.data, ...sent };
    if (isRefusal(prepared)) return prepared as never;
    const data = complete(prepared);
    const changes = changesBetween(before.data, data);
    if (Object.keys(changes).length === 0) return reply(view(before), { version: before.version }) as never;
    const after = await save(tx, before, data, false);
    tx.tell(facts.changed, view(after) as never, { version: after.version, changes });
    return reply(view(after), { version: after.version }) as never;
  };
  const archive: Handler<unknown, InTx> = async (input, { tx, expectedVersion }) => {
    const before = await lock(tx, (input as { id: string }).id);
    if (!before) return notFound(said);
    if (expectedVersion !== undefined && expectedVersion !== before.version) return stale();
    if (before.archived_at) return null as never;
    const held = inUse ? await inUse(tx, before.id) : null;
    if (held) return held as never;
    const after = await save(tx, before, before.data, true);
    tx.tell(facts.archived, view(after) as never, { version: after.version, changes: { archivedAt: [null, after.archived_at!.toISOString()] } });
    return null as never;
  };
  return { list, get, create, patch, archive } as Readonly<Record<'list' | 'get' | 'create' | 'patch' | 'archive', Handler<never, InTx>>>;
}
