/** What services have told and the relay has still to publish; and publishing what is kept once more. */
import { Problem } from '../base/problem.ts';
import { withDatabaseOf } from './connections.ts';
import type { Surroundings } from './surroundings.ts';
import { columns, waited } from './table.ts';

export interface Pending { readonly pending: number; readonly oldestSeconds: number; readonly kept: number }

/** The outbox of one service. `kept` counts what is there to republish. */
export const pendingOf = (around: Surroundings, service: string): Promise<Pending> =>
  withDatabaseOf(around, service, async (query) => {
    const [row] = await query<{ pending: string; oldest: string; kept: string }>(`
      select count(*) as pending, coalesce(extract(epoch from now() - min(uuid_extract_timestamp(o.id))), 0)::int as oldest, (select count(*) from outbox) as kept
      from outbox_pending p join outbox o on o.day = p.day and o.position = p.position`);
    return { pending: Number(row?.pending ?? 0), oldestSeconds: Number(row?.oldest ?? 0), kept: Number(row?.kept ?? 0) };
  });

export async function outboxStatus(around: Surroundings): Promise<number> {
  const rows: string[][] = [[
    around.speak({ en: 'service', fr: 'service' }), around.speak({ en: 'pending', fr: 'en attente' }),
    around.speak({ en: 'oldest', fr: 'plus ancien' }), around.speak({ en: 'kept', fr: 'conservés' }),
  ]];
  for (const service of around.withDatabase) {
    const { pending, oldestSeconds, kept } = await pendingOf(around, service);
    rows.push([service, String(pending), pending === 0 ? '–' : waited(oldestSeconds), String(kept)]);
  }
  for (const line of columns(rows)) around.say(line);
  return 0;
}

/** Marks what is kept as pending again: the relays publish it in its order. What was published in the last minutes the streams drop by its id. */
export async function outboxRepublish(around: Surroundings, { service, since }: { service?: string | undefined; since?: string | undefined }): Promise<number> {
  const { speak, say, withDatabase } = around;
  if (service !== undefined && !withDatabase.includes(service)) throw new Problem(speak({
    en: `No outbox of ${service}; there are: ${withDatabase.join(', ')}.`,
    fr: `Pas de boîte d’envoi pour ${service} ; il y a : ${withDatabase.join(', ')}.`,
  }));
  const from = since === undefined ? undefined : new Date(since);
  if (from !== undefined && Number.isNaN(from.getTime())) throw new Problem(
    speak({ en: `${since} is no instant, such as 2026-06-01T00:00:00Z.`, fr: `${since} n’est pas un instant, comme 2026-06-01T00:00:00Z.` }));
  for (const name of service === undefined ? withDatabase : [service]) {
    const count = await withDatabaseOf(around, name, async (query) => {
      const [row] = await query<{ count: string }>(`
        with again as (
          insert into outbox_pending (day, position)
          select day, position from outbox
            where $1::timestamptz is null or (day >= ($1::timestamptz at time zone 'utc')::date - 1 and uuid_extract_timestamp(id) >= $1::timestamptz)
          on conflict do nothing returning 1)
        select count(*) as count from again`, [from ?? null]);
      return Number(row?.count ?? 0);
    });
    say(speak({ en: `${name}: ${count} messages are published again.`, fr: `${name} : ${count} messages sont republiés.` }));
  }
  return 0;
}
