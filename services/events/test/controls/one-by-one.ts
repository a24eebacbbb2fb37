/** Requests accepted in a transaction each: what accepting them together must not differ from. */
import { isRefusal, reply, type Handler, type requestOperations } from '@regie/contracts';
import type { InTransaction } from '@regie/runtime';
import { uuid7 } from '@regie/store';
import { wholeOf } from '../../src/events/dates.ts';
import { isOpen, notOpen, unknownEvent } from '../../src/events/event.ts';
import { readEvent } from '../../src/events/event.store.ts';
import { linesUndecided } from '../../src/events/workflow.ts';
import { clashing, newLines } from '../../src/requests/lines.ts';
import { isUndecided, requestView, versionOf } from '../../src/requests/request.ts';
import { linesOfSameEquipment, liveRequests } from '../../src/requests/request.store.ts';
import { placeOf } from '../../src/requests/settlement.ts';
import { orderSettlements } from '../../src/requests/settlement.store.ts';

export const oneByOne: Handler<typeof requestOperations.requestReservation, InTransaction> = async ({ id: eventId, lines: asked, allowPartial = false }, { tx, caller, now }) => {
  const kept = await readEvent(tx, eventId, 'share');
  if (!kept) return unknownEvent();
  if (!isOpen(kept.event)) return notOpen();
  const undecided = kept.pendingDates === null ? null : linesUndecided((await liveRequests(tx, eventId)).filter(isUndecided).map(({ id }) => id));
  if (isRefusal(undecided)) return undecided;
  const newId = () => uuid7(now.getTime());
  const lines = newLines(asked, { whole: wholeOf(kept.event), now, newId });
  if ('code' in lines) return lines;
  const clash = clashing(lines, await linesOfSameEquipment(tx, eventId, [...new Set(lines.map(({ equipmentId }) => equipmentId))]));
  if (clash) return clash;
  const at = now.toISOString();
  const request = { id: newId(), eventId, revision: 0, decided: 0, requestedBy: caller.id, createdAt: at, updatedAt: at, state: null, sequence: 0, out: 0 };
  const settlementId = newId();
  orderSettlements(tx, kept.event, caller.language, [{ id: settlementId, kind: 'request', revisions: [{ request, allowPartial, lines }] }]);
  const after = { ...request, revision: 1, allowPartial, settlementId, lines };
  return reply(requestView(after), { status: 202, version: versionOf(after), settles: settlementId, location: placeOf(after) });
};
