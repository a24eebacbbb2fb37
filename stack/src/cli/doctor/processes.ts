/** The processes that `npm start` runs here, and whether they say they are ready. */
import path from 'node:path';
import { mainDir } from '../../base/paths.ts';
import type { Surroundings } from '../surroundings.ts';
import { bad, good, judge, type Finding } from './finding.ts';

const patience = 5_000;

export async function processFindings({ run, dir, address }: Surroundings): Promise<Finding[]> {
  if (run === undefined) {
    // Servers named in the environment belong to a system that runs elsewhere: its processes are looked at there.
    if (address('postgres') !== undefined || address('nats') !== undefined) return [good({
      en: 'servers named in the environment; the processes run elsewhere', fr: 'serveurs indiqués dans l’environnement ; les processus tournent ailleurs',
    })];
    return [bad({
      en: `nothing runs here (${path.relative(process.cwd(), dir) || mainDir}/run.json is missing)`,
      fr: `rien ne tourne ici (${path.relative(process.cwd(), dir) || mainDir}/run.json manque)`,
    }, { en: 'start it with `npm start`', fr: 'lancer `npm start`' })];
  }
  const services = await Promise.all(Object.entries(run.services).map(async ([name, { health, log, pid }]) => {
    const { status, text } = await answerOf(`${health}/health/ready`);
    return judge(status === 200, { en: `${name} is ready (process ${pid ?? '–'})`, fr: `${name} est prêt (processus ${pid ?? '–'})` },
      { en: `${name} is not ready: ${text}`, fr: `${name} n’est pas prêt : ${text}` }, { en: `read the end of ${log}`, fr: `lire la fin de ${log}` });
  }));
  const { status, text } = await answerOf(`${run.gateway}/openapi.json`);
  return [...services, judge(status === 200,
    { en: `the gateway answers at ${run.gateway}`, fr: `la passerelle répond sur ${run.gateway}` },
    { en: `the gateway does not answer at ${run.gateway}: ${status || text}`, fr: `la passerelle ne répond pas sur ${run.gateway} : ${status || text}` },
    { en: 'read the end of its log', fr: 'lire la fin de son journal' })];
}

async function answerOf(url: string): Promise<{ status: number; text: string }> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(patience) });
    return { status: answer.status, text: (await answer.text()).slice(0, 300) };
  } catch (error) {
    const { message, cause } = error as Error;
    return { status: 0, text: cause instanceof Error ? cause.message : message };
  }
}
