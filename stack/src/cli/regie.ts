/** `npx regie`: what an operator asks of a running system. */
import { parseArgs } from 'node:util';
import { Problem } from '../base/problem.ts';
import { auditVerify } from './audit-verify.ts';
import { doctor } from './doctor.ts';
import { help } from './help.ts';
import { speaker } from './language.ts';
import { outboxRepublish, outboxStatus } from './outbox.ts';
import { quarantineList, quarantineReplay, quarantineShow } from './quarantine.ts';
import { surroundings } from './surroundings.ts';

const options = {
  help: { type: 'boolean', short: 'h' }, all: { type: 'boolean' }, service: { type: 'string' }, since: { type: 'string' }, checkpoint: { type: 'string' },
} as const;

/**
 * Runs one command.
 * @returns the exit code: 0 when all is well, 1 when something is wrong
 * @throws Problem for what the person at the keyboard can mend
 */
export async function regie(args: readonly string[], env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<number> {
  const speak = speaker(env);
  const wrong = (): never => { throw new Problem(`${speak({ en: `No such command: ${args.join(' ')}`, fr: `Commande inconnue : ${args.join(' ')}` })}\n\n${speak(help)}`); };
  const { values, positionals } = parse(args) ?? wrong();
  if (values.help === true || positionals.length === 0) { say(speak(help)); return 0; }
  const [command, verb, id, ...more] = positionals;
  if (more.length > 0) wrong();
  const around = await surroundings(env, say);
  switch (`${command} ${verb ?? ''}`.trim()) {
    case 'doctor': return doctor(around);
    case 'outbox status': return outboxStatus(around);
    case 'outbox republish': return outboxRepublish(around, values);
    case 'quarantine list': return quarantineList(around, values);
    case 'quarantine show': return quarantineShow(around, id ?? wrong());
    case 'quarantine replay': return quarantineReplay(around, id ?? (values.all === true ? undefined : wrong()));
    case 'audit verify': return auditVerify(around, values.checkpoint);
    default: return wrong();
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch {
    return undefined;
  }
}
