/** What time alone changes: lines become late, repairs overdue, what nobody fetched is free again. One timer per process, to the next instant due. */
import { inventory } from '@regie/contracts';
import type { Reacting } from '@regie/runtime';
import { changesBetween, transact, type Tx } from '@regie/store';
import { isLate, outOf } from '../availability/taken.ts';
import { lockPartition } from './partition.store.ts';
import { reservationsOf, saveHandover } from './reservation.store.ts';
import { lineStatus, reservationStatus, reservationView, type Held } from './reservation.ts';
import { companiesDue } from './time.store.ts';
import { refreshShortages, tellRisk } from './shortage.reactions.ts';
import { takeDue } from './shortage.store.ts';

/** What other replicas put down is seen this much later at most. */
const longestSleep = 1_000;

/** Looks at what is due until it is stopped; runs beside the service. Several replicas may: each company's lock lets one look. */
export function watchTime({ app, db }: Omit<Reacting, 'traceparent'>): () => Promise<void> {
  let stopping = false;
  let wake: (() => void) | undefined;
  const sleep = (ms: number) => new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    timer.unref();
    wake = () => { clearTimeout(timer); resolve(); };
  });
  const watch = async (): Promise<void> => {
    while (!stopping) {
      let next = longestSleep;
      try {
        const { companyIds, nextInMs } = await companiesDue(db);
        // One company whose turn fails keeps no other waiting; its own comes again.
        for (const companyId of companyIds) {
          await transact(db, { companyId, actorId: null }, passTime).catch((error: unknown) => app.log.warn({ companyId, error: (error as Error).message }, 'time'));
        }
        next = Math.min(longestSleep, Math.max(10, nextInMs ?? longestSleep));
      } catch (error) {
        app.log.warn({ error: (error as Error).message }, 'time');
      }
      if (!stopping) await sleep(next);
    }
  };
  const watching = watch();
  return async () => {
    stopping = true;
    wake?.();
    await watching;
  };
}

/** Looks again at everything of the transaction's company whose instant has come. */
export async function passTime(tx: Tx): Promise<void> {
  await lockPartition(tx);
  const dues = await takeDue(tx);
  const reservationIds = [...new Set(dues.flatMap(({ reservationId }) => reservationId ?? []))];
  const late = new Map<string, Held>();
  for (const [id, held] of await reservationsOf(tx, reservationIds)) {
    if (held.lines.some((line) => isLate(line, tx.now.getTime()))) late.set(id, held);
    await close(tx, held);
  }
  await tellRisk(tx, tx.companyId, late);
  await refreshShortages(tx, dues.map(({ equipmentId }) => equipmentId));
}

/** A line of which a part was handed out and is back, and the rest can be handed out no more, is returned. */
async function close(tx: Tx, held: Held): Promise<void> {
  const now = tx.now.getTime();
  const lines = held.lines.map((line) => (line.status === 'reserved' && line.delivered > 0 && outOf(line) === 0 ? { ...line, status: lineStatus(line, now) } : line));
  const changed = lines.filter((line, index) => line.status !== held.lines[index]!.status);
  if (changed.length === 0) return;
  const after: Held = { ...held, lines, status: reservationStatus(lines), version: held.version + 1, updatedAt: now };
  await saveHandover(tx, { ...after, lines: changed });
  tx.tell(inventory.facts.reservationReturned, reservationView(after, now),
    { version: after.version, changes: changesBetween(reservationView(held, now), reservationView(after, now)) });
}
