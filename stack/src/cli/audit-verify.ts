/** Checks the audit trail as a whole: the service's own program does it, directly on MongoDB. */
import path from 'node:path';
import { root } from '../base/paths.ts';
import { Problem } from '../base/problem.ts';
import { run } from '../base/run.ts';
import { needed, type Surroundings } from './surroundings.ts';

interface Verdict {
  readonly ok: boolean;
  readonly checked: number;
  readonly checkpoint: { readonly n: number; readonly root: string; readonly at: string } | null;
  readonly firstBad: { readonly block: number; readonly entryId: string | null; readonly reason: string } | null;
}

export async function auditVerify(around: Surroundings, checkpoint: string | undefined): Promise<number> {
  const { speak, say } = around;
  const url = needed(around.address('mongodb'), 'MONGODB_URL', speak);
  const program = path.join(root, 'services', 'audit', 'src', 'verify.ts');
  const { output } = await run(process.execPath, [program, ...(checkpoint === undefined ? [] : ['--checkpoint', checkpoint])],
    { env: { PATH: process.env['PATH'], MONGODB_URL: url } });
  const verdict = verdictIn(output);
  if (verdict === undefined) throw new Problem(output.trim().split('\n').filter((line) => line.includes('Error')).at(0) ?? output.trim());
  const { ok, checked, checkpoint: end, firstBad } = verdict;
  if (ok) say(speak({
    en: `✓ The trail is whole: ${checked} entries in ${end?.n ?? 0} blocks.`, fr: `✓ Le journal est intact : ${checked} entrées en ${end?.n ?? 0} blocs.`,
  }));
  else say(speak({
    en: `✗ The trail was changed: block ${firstBad?.block}${firstBad?.entryId ? `, entry ${firstBad.entryId}` : ''}: ${firstBad?.reason}.`,
    fr: `✗ Le journal a été modifié : bloc ${firstBad?.block}${firstBad?.entryId ? `, entrée ${firstBad.entryId}` : ''} : ${firstBad?.reason}.`,
  }));
  if (ok && end) say(speak({
    en: `  Keep this elsewhere, and give it next time: --checkpoint ${end.n}:${end.root}`,
    fr: `  À conserver ailleurs et à donner la prochaine fois : --checkpoint ${end.n}:${end.root}`,
  }));
  return ok ? 0 : 1;
}

function verdictIn(output: string): Verdict | undefined {
  const line = output.split('\n').find((one) => one.startsWith('{"ok":'));
  return line === undefined ? undefined : (JSON.parse(line) as Verdict);
}
