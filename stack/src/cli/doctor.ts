/** `npx regie doctor`: looks at everything and says of each fault what to do next. */
import { messageOf } from '../base/problem.ts';
import { databaseFindings } from './doctor/databases.ts';
import { bad, type Finding } from './doctor/finding.ts';
import { machineFindings } from './doctor/machine.ts';
import { natsFindings } from './doctor/nats.ts';
import { processFindings } from './doctor/processes.ts';
import { documentFindings, redisFindings } from './doctor/stores.ts';
import type { Surroundings } from './surroundings.ts';

type Check = (around: Surroundings) => Promise<readonly Finding[]>;
const checks: readonly Check[] = [machineFindings, processFindings, databaseFindings, natsFindings, redisFindings, documentFindings];

/** @returns 1 when anything is wrong */
export async function doctor(around: Surroundings): Promise<number> {
  const { say, speak } = around;
  let faults = 0;
  for (const check of checks) {
    // What a check did not foresee is a finding too: the others still look.
    const findings = await check(around).catch((error: unknown) => [bad({ en: `${check.name}: ${messageOf(error)}`, fr: `${check.name} : ${messageOf(error)}` })]);
    for (const { ok, what, next } of findings) {
      if (!ok) faults++;
      say(`${ok ? '✓' : '✗'} ${speak(what)}`);
      if (!ok && next) say(`  → ${speak(next)}`);
    }
  }
  say('');
  say(faults === 0 ? speak({ en: 'All is well.', fr: 'Tout va bien.' }) : speak({ en: `${faults} to be mended.`, fr: `${faults} à réparer.` }));
  return faults === 0 ? 0 : 1;
}
