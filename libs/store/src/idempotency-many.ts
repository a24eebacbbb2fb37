/** Idempotency keys of many questions of many companies: claimed by one statement, kept by another; see idempotency.ts for one. */
import type { Question, Served } from '@regie/bus';
import type { Refusal } from '@regie/contracts';
import { ints, texts, uuids } from './arrays.ts';
import { fingerprintOf, isKept, keptAnswer, keyOf, type Kept } from './idempotency.ts';
import type { Beginning } from './transact.ts';

type Earlier = Served | Refusal<'idempotency.key-reused'>;

/** The keys of a group as they were found. */
export interface Claims<Asking> {
  /** The work is ours: the first with each key that nobody has used. */
  readonly mine: readonly Asking[];
  /** Used before: the kept answer, or a refusal. */
  readonly earlier: ReadonlyMap<Asking, Earlier>;
  /** Came with a key that one of ours has: they are told what it is told. */
  readonly repeats: ReadonlyMap<Asking, Asking>;
}

// In one order everywhere: two groups that claim the same keys wait for each other, but never in a circle.
const claim = {
  name: 'idempotency-claim-many',
  text: `insert into idempotency (company_id, user_id, operation, key, fingerprint)
    select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bytea[]) k (company_id, user_id, operation, key, fingerprint)
      order by company_id, user_id, operation, key
    on conflict do nothing returning company_id, user_id, operation, key`,
};
const read = {
  name: 'idempotency-read-many',
  text: `select k.place, i.* from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) with ordinality k (company_id, user_id, operation, key, place) cross join lateral (
    select fingerprint, status, type, body, etag, location, settles from idempotency i
    where i.company_id = k.company_id and i.user_id = k.user_id and i.operation = k.operation and i.key = k.key offset 0) i`,
};
const keep = {
  name: 'idempotency-keep-many',
  text: `with answered as (
      select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::text[]) a (company_id, user_id, operation, key, status, type, body, etag, location, settles)),
    freed as (
      delete from idempotency i using answered a where a.status is null and i.company_id = a.company_id and i.user_id = a.user_id and i.operation = a.operation and i.key = a.key)
    update idempotency i set status = a.status, type = a.type, body = a.body, etag = a.etag, location = a.location, settles = a.settles
    from answered a where a.status is not null and i.company_id = a.company_id and i.user_id = a.user_id and i.operation = a.operation and i.key = a.key`,
};

/** Ids in the form the database gives them back. */
const nameOf = ([companyId, userId, operation, key]: ReturnType<typeof keyOf>): string => JSON.stringify([companyId.toLowerCase(), userId.toLowerCase(), operation, key]);
const named = (question: Question): string => nameOf(keyOf(question));
/** One array for each part of the keys. */
const columnsOf = (questions: readonly Question[]): Buffer[] => {
  const keys = questions.map(keyOf);
  return [
    uuids(keys.map(([companyId]) => companyId)), uuids(keys.map(([, userId]) => userId)),
    texts(keys.map(([, , operation]) => operation)), texts(keys.map(([, , , key]) => key)),
  ];
};

/**
 * Claims the keys of a group in its transaction. Where another transaction holds one of them this waits for its end, as long as the lock timeout.
 * @param questionOf each has a key
 * @throws the database's 55P03 when another transaction takes longer; see `isLockTimeout`
 */
export async function claimKeys<Asking>(tx: Beginning, asked: readonly Asking[], questionOf: (asking: Asking) => Question): Promise<Claims<Asking>> {
  const first = new Map<string, Asking>();
  for (const asking of asked) {
    const name = named(questionOf(asking));
    if (!first.has(name)) first.set(name, asking);
  }
  const questions = [...first.values()].map(questionOf);
  const claimed = await tx.query<{ company_id: string; user_id: string; operation: string; key: string }>(claim, [...columnsOf(questions), questions.map(fingerprintOf)]);
  const ours = new Set(claimed.map(({ company_id, user_id, operation, key }) => nameOf([company_id, user_id, operation, key])));
  const used = asked.filter((asking) => !ours.has(named(questionOf(asking))));
  const earlier = new Map<Asking, Earlier>();
  if (used.length > 0) {
    const rows = await tx.query<Kept & { place: number }>(read, columnsOf(used.map(questionOf)));
    const byPlace = new Map(rows.map((row) => [row.place, row]));
    used.forEach((asking, index) => earlier.set(asking, keptAnswer(byPlace.get(index + 1), fingerprintOf(questionOf(asking)))));
  }
  const mine = [...first].flatMap(([name, asking]) => (ours.has(name) ? [asking] : []));
  const repeats = new Map(asked.flatMap((asking): [Asking, Asking][] => {
    const leader = first.get(named(questionOf(asking)))!;
    return earlier.has(asking) || leader === asking ? [] : [[asking, leader]];
  }));
  return { mine, earlier, repeats };
}

/** Keeps the answers with their effects. Those that are not kept free their keys. Nobody has to wait for it. */
export function keepAnswers(tx: Beginning, answers: readonly { readonly question: Question; readonly served: Served }[]): Promise<unknown> {
  const kept = answers.map(({ served }) => (isKept(served) ? served : undefined));
  return tx.query(keep, [
    ...columnsOf(answers.map(({ question }) => question)), ints(kept.map((served) => served?.status ?? null)),
    texts(kept.map((served) => served?.type ?? null)), texts(kept.map((served) => served?.body ?? null)),
    texts(kept.map((served) => served?.etag ?? null)), texts(kept.map((served) => served?.location ?? null)), texts(kept.map((served) => served?.settles ?? null)),
  ]);
}

/**
 * What a question is told whose key another of its group has, once that one is answered.
 * @returns undefined when that answer freed the key: the question is then to be asked again
 */
export function repeatedAnswer(question: Question, leader: Question, served: Served): Earlier | undefined {
  if (!isKept(served)) return undefined;
  const { status, type, body, etag = null, location = null, settles = null } = served;
  return keptAnswer({ fingerprint: fingerprintOf(leader), status, type, body, etag, location, settles }, fingerprintOf(question));
}

