/** Two administrators remove each other at the same moment: given to the service as shipped, and to one without its locks. */
import { atOnce } from '@regie/testing';
import { operations, type World } from './world.ts';

const ways = [
  (id: string) => [operations.setUserRoles, { params: { id }, body: { roles: ['technician'] } }] as const,
  (id: string) => [operations.deactivateUser, { params: { id } }] as const,
  (id: string) => [operations.archiveUser, { params: { id } }] as const,
];

/** @returns for each round how many administrators were left who can sign in, and the answers */
export async function removeEachOther(world: World, rounds: number): Promise<{ left: number; statuses: number[] }[]> {
  const outcomes = [];
  for (let round = 0; round < rounds; round++) {
    const one = await world.anAdmin();
    const other = await world.aColleague(one, ['admin']);
    const way = ways[round % ways.length]!;
    const answers = await atOnce(2, (index) => {
      const [operation, over] = way(index === 0 ? other.id! : one.id!);
      return world.ask(index === 0 ? one : other, operation, over);
    });
    const [row] = await world.db.query<{ left: number }>(
      `select count(*)::int as left from person where company_id = $1 and active and archived_at is null and 'admin' = any(roles)`, [one.companyId]);
    outcomes.push({ left: row!.left, statuses: answers.map(({ status }) => status) });
  }
  return outcomes;
}
