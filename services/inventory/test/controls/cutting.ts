/** A database whose connection breaks now and then at the commit: half the time before it was sent, half the time after. Whoever asked cannot tell. */
import type { Database } from '@regie/store';

type Query = (asked: unknown, ...more: unknown[]) => Promise<unknown>;

/** What a thing is and does, but for one of its functions. */
const instead = <Thing extends object>(thing: Thing, name: string, other: unknown): Thing => new Proxy(thing, {
  get(target, key) {
    if (key === name) return other;
    const value = Reflect.get(target, key, target) as unknown;
    return typeof value === 'function' ? (value as (...given: unknown[]) => unknown).bind(target) : value;
  },
  set: (target, key, value) => Reflect.set(target, key, value, target),
});

/** @param chance of each commit, between 0 and 1 @param random gives numbers between 0 and 1 */
export const cutting = (chance: number, random: () => number) => (db: Database): Database => ({
  ...db,
  source: instead(db.source, 'createQueryRunner', () => {
    const runner = db.source.createQueryRunner();
    return instead(runner, 'connect', async () => {
      const client = (await runner.connect()) as object & { query: Query };
      const query: Query = async (asked, ...more) => {
        if (asked !== 'commit' || random() >= chance) return client.query(asked, ...more);
        await client.query(random() < 0.5 ? 'rollback' : 'commit');
        throw Object.assign(new Error('Connection terminated'), { code: 'ECONNRESET' });
      };
      return instead(client, 'query', query);
    });
  }),
});
