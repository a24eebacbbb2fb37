/** Broken variants of a reaction: the same code on a database where something is missing from its statements. */
import type { ServiceReaction } from '@regie/runtime';
import type { Database } from '@regie/store';

type Statement = string | { readonly name?: string; readonly text: string };
interface Queries { query(statement: Statement, values?: unknown[]): Promise<unknown> }
type Change = (text: string) => string;

/** A mirror that takes whatever comes last, newer or older. */
export const olderWins = (reaction: ServiceReaction): ServiceReaction => rewritten(reaction, (text) => text.replace('excluded.sequence > kept.sequence and ', ''));
/** Decisions that are noted without holding what they are about. */
export const unlocked = (reaction: ServiceReaction): ServiceReaction => rewritten(reaction, (text) => text.replace(' for no key update', ''));

/** @throws at the first batch when the change finds nothing to change in its statements: it would then be no control */
const rewritten = (reaction: ServiceReaction, change: Change): ServiceReaction => ({
  ...reaction,
  handle: async (messages, reacting) => {
    let changed = 0;
    const counting: Change = (text) => { const other = change(text); if (other !== text) changed++; return other; };
    await reaction.handle(messages, { ...reacting, db: onStatements(reacting.db, counting) });
    if (changed === 0) throw new Error('the broken variant is not broken');
  },
});

const onStatements = (db: Database, change: Change): Database => ({
  ...db, onTold: (told) => db.onTold(told),
  source: withMethod(db.source, 'createQueryRunner', (create) => () =>
    withMethod(create() as { connect(): Promise<Queries> }, 'connect', (connect) => async () => {
      const client = (await connect()) as Queries;
      // Without its name: the connection may have the right statement prepared under it.
      return withMethod(client, 'query', (query) => (statement: Statement, values?: unknown[]) => query(
        typeof statement === 'string' ? change(statement) : { values: (statement as { values?: unknown[] }).values, text: change(statement.text) }, values));
    })) as Database['source'],
});

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
