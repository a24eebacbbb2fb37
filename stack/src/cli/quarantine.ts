/** Messages that could not be read: looked at, and published again once the reader was mended. */
import { Problem } from '../base/problem.ts';
import { withNats } from './connections.ts';
import { noteReplayed, quarantined, type Quarantined } from './quarantine-shelves.ts';
import type { Surroundings } from './surroundings.ts';
import { columns } from './table.ts';

export async function quarantineList(around: Surroundings, { all = false }: { all?: boolean | undefined }): Promise<number> {
  const { speak, say } = around;
  const rows = (await quarantined(around)).filter(({ replayedAt }) => all || replayedAt === null);
  if (rows.length === 0) { say(speak({ en: 'Nothing is in quarantine.', fr: 'Rien n’est en quarantaine.' })); return 0; }
  const head = [{ en: 'id', fr: 'id' }, { en: 'at', fr: 'le' }, { en: 'consumer', fr: 'consommateur' }, { en: 'subject', fr: 'sujet' }, { en: 'reason', fr: 'raison' }].map(speak);
  for (const line of columns([head, ...rows.map(({ id, at, consumer, subject, reason, replayedAt }) =>
    [id, at.toISOString(), consumer, subject, `${replayedAt ? '↻ ' : ''}${reason.slice(0, 80)}`])])) say(line);
  return 0;
}

export async function quarantineShow(around: Surroundings, id: string): Promise<number> {
  const { service, stream, consumer, subject, reason, at, replayedAt, bytes } = await oneOf(around, id);
  for (const line of columns(Object.entries({
    service, stream, consumer, subject, reason, at: at.toISOString(), replayed: replayedAt?.toISOString() ?? '–', bytes: String(bytes.length),
  }))) around.say(line);
  around.say('');
  const text = bytes.toString('utf8');
  // What is no text is shown as what it is.
  around.say(Buffer.from(text, 'utf8').equals(bytes) ? text : bytes.toString('hex'));
  return 0;
}

/** Publishes the same bytes to the same subject: everybody hears them again, and who had their effect keeps it once. */
export async function quarantineReplay(around: Surroundings, id: string | undefined): Promise<number> {
  const { speak, say } = around;
  const chosen = id === undefined ? (await quarantined(around)).filter(({ replayedAt }) => replayedAt === null) : [await oneOf(around, id)];
  if (chosen.length === 0) { say(speak({ en: 'Nothing is in quarantine.', fr: 'Rien n’est en quarantaine.' })); return 0; }
  await withNats(around, async ({ js }) => {
    for (const one of chosen) {
      await js.publish(one.subject, one.bytes, { timeout: 5_000 });
      await noteReplayed(around, one);
      say(speak({ en: `${one.id}: published again to ${one.subject}.`, fr: `${one.id} : republié sur ${one.subject}.` }));
    }
  });
  say(speak({
    en: 'What still cannot be read comes back under a new id: see `npx regie quarantine list`.',
    fr: 'Ce qui reste illisible revient sous un nouvel id : voir `npx regie quarantine list`.',
  }));
  return 0;
}

async function oneOf(around: Surroundings, id: string): Promise<Quarantined> {
  const found = (await quarantined(around)).find((one) => one.id === id);
  if (!found) throw new Problem(around.speak({
    en: `Nothing in quarantine is called ${id}; see \`npx regie quarantine list --all\`.`,
    fr: `Rien en quarantaine ne s’appelle ${id} ; voir \`npx regie quarantine list --all\`.`,
  }));
  return found;
}
