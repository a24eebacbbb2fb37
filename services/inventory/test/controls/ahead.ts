/** Databases that fail, or answer what they should not, for writers that decide ahead of the lock. */
import type { Database } from '@regie/store';
import { openKnown, type Known } from '../../src/reservations/known.ts';

type Query = (asked: unknown, ...more: unknown[]) => unknown;

/** The same database, with the text of some prepared statements replaced. */
const tampered = (tamper: (name: string) => string | undefined) => (db: Database): Database => ({
  ...db,
  source: new Proxy(db.source, {
    get(source, key) {
      if (key !== 'createQueryRunner') return Reflect.get(source, key, source) as unknown;
      return () => {
        const runner = source.createQueryRunner();
        return new Proxy(runner, {
          get(target, name) {
            const value = Reflect.get(target, name, target) as unknown;
            if (name !== 'connect') return typeof value === 'function' ? (value as (...given: unknown[]) => unknown).bind(target) : value;
            return async () => {
              const client = (await runner.connect()) as { query: Query };
              const query: Query = (asked, ...more) => {
                const text = tamper((asked as { name?: string }).name ?? '');
                return client.query(text === undefined ? asked : { ...(asked as object), name: undefined, text }, ...more);
              };
              return new Proxy(client, { get: (real, part) => (part === 'query' ? query : (Reflect.get(real, part, real) as unknown)) });
            };
          },
          set: (target, name, value) => Reflect.set(target, name, value, target),
        });
      };
    },
  }),
});

/** Fails the next time a statement of that name is sent, once it was told to. */
export function failing(statement: string): { readonly through: (db: Database) => Database; arm(): void } {
  let armed = false;
  return {
    arm() { armed = true; },
    through: tampered((name) => {
      if (!armed || name !== statement) return undefined;
      armed = false;
      return 'select 1 / 0';
    }),
  };
}

/** Whoever was there in between: the versions are raised, and not compared. */
export const comparingNothing: (db: Database) => Database = tampered((name) =>
  (name === 'partition-compare' ? 'update partition set version = version + 1 where company_id in (select unnest($1::uuid[])) and cardinality($2::bigint[]) > 0 and cardinality($3::uuid[]) > 0 and $4::uuid is not null' : undefined));

/** A batch counts on the number alone, whoever raised the version to it. */
export const countingOnNumbers: (db: Database) => Database = tampered((name) =>
  (name === 'partition-compare' ? 'select partition_raise($1::uuid[], $2::bigint[], array_fill(null::uuid, array[cardinality($3::uuid[])]), $4::uuid)' : undefined));

/** Keeps what it knew, whatever became of the transaction. */
export function neverForgetting(): Known {
  const known = openKnown(1_000_000);
  return {
    ...known,
    take(id) {
      const company = known.take(id);
      known.put(company);
      return company;
    },
    forget: () => undefined,
  };
}

/** Keeps shelves at once, however often others come: so that a short test is about what is known. */
export function eager(): Known {
  const known = openKnown(1_000_000);
  return { ...known, take: (id) => Object.assign(known.take(id), { patience: 0 }) };
}

/** Has room for some two dozen lines, and keeps shelves soon again: some of a company's are known, and others were pushed out. */
export function forgetful(): Known {
  const known = openKnown(25);
  return {
    ...known,
    take(id) {
      const company = known.take(id);
      return Object.assign(company, { patience: Math.min(2, company.patience) });
    },
  };
}
