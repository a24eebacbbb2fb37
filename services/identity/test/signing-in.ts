/** What signing in must not tell: given to the service as shipped, and to broken variants of it. */
import { nobodyYet, anEmail, operations, type World } from './world.ts';

const median = (values: readonly number[]): number => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;

/**
 * Wrong passwords for an account there is and for one there is not, in turns.
 * @returns how many passwords were checked at full cost for each, and the median time of an answer in milliseconds
 */
export async function timesOfRefusals(
  world: World, known: string, rounds = 21,
): Promise<{ checked: { known: number; unknown: number }; ms: { known: number; unknown: number }; answers: Set<string> }> {
  const times = { known: [] as number[], unknown: [] as number[] };
  const checked = { known: 0, unknown: 0 };
  const answers = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    // Each from a place of its own: waiting is another test.
    const ip = `198.51.100.${round}`;
    for (const [kind, email] of [['known', known], ['unknown', anEmail()]] as const) {
      const before = world.tools.passwords.checks();
      const begun = performance.now();
      const { status, body } = await world.ask(nobodyYet({ ip }), operations.login, { body: { email, password: 'not the right one' } });
      times[kind].push(performance.now() - begun);
      checked[kind] += world.tools.passwords.checks() - before;
      answers.add(JSON.stringify([status, body]));
    }
  }
  return { checked, answers, ms: { known: median(times.known), unknown: median(times.unknown) } };
}
