/** A broken variant: a mirror that takes whatever comes last, newer or older. Given to the same test, it must fail it. */
import type { ServiceReaction } from '@regie/runtime';
import type { Database } from '@regie/store';

type Statement = string | { readonly text: string };
interface Queries { query(statement: Statement, values?: unknown[]): Promise<unknown> }

const guard = 'excluded.sequence > kept.sequence and ';
export const broken = { statements: 0 };

const without = (text: string): string => {
  if (text.includes(guard)) broken.statements++;
  return text.replace(guard, '');
};

/** The reaction on a database whose mirrors have lost their guard. */
export const olderWins = (reaction: ServiceReaction): ServiceReaction =>
  ({ ...reaction, handle: (messages, reacting) => reaction.handle(messages, { ...reacting, db: unguarded(reacting.db) }) });

const unguarded = (db: Database): Database => ({ ...db, onTold: () => db.onTold(), source: withMethod(db.source, 'createQueryRunner', (create) => () => withMethod(create() as { connect(): Promise<Queries> }, 'connect', (connect) => async () => {
  const client = (await connect()) as Queries;
  return withMethod(client, 'query', (query) => (statement: Statement, values?: unknown[]) => query(typeof statement === 'string' ? without(statement) : { ...statement, text: without(statement.text) }, values));
})) as Database['source'] });

/** The same object with one method replaced. */
function withMethod<Subject extends object>(subject: Subject, name: keyof Subject, replace: (original: (...args: unknown[]) => unknown) => unknown): Subject {
  return new Proxy(subject, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      const bound = typeof value === 'function' ? (value.bind(target) as (...args: unknown[]) => unknown) : value;
      return property === name ? replace(bound as (...args: unknown[]) => unknown) : bound;
    },
  });
}
