/**
 * Decides orders. An order is the desired state of one event's reservations: new, changed, moved and cancelled are the same order,
 * decided by the same rule: all as asked, or nothing changes.
 */
import { instantOf, type DecisionOutcome, type Desired, type Shortage, type Static } from '@regie/contracts';
import { outOf, takenByLine } from '../availability/taken.ts';
import { faultOf, noFault, type Fault } from './faults.ts';
import { isTaking, lineStatus, reservationStatus, type Held, type Line } from './reservation.ts';
import { freeOn, reasonsOn } from './shelf.ts';
import { decisionKey, putLine, removeLine, type World } from './world.ts';

export type DesiredState = Static<typeof Desired>;
export type Outcome = Static<typeof DecisionOutcome>;

export interface Order {
  readonly settlementId: string;
  readonly companyId: string;
  readonly eventId: string;
  readonly reservations: readonly DesiredState[];
}

/** A line that does not fit, as it was when it was decided; the next free date and alternatives are found later. */
export interface ShortLine { readonly line: Line; readonly shortage: Shortage }

export interface Decision<Of extends Order = Order> extends Fault {
  readonly order: Of;
  readonly revision: number;
  readonly outcome: Outcome;
  readonly before: Held | null;
  /** With the version of the fact that tells it. */
  readonly after: Held;
  readonly shortLines: readonly ShortLine[];
}

interface Undecided { readonly desired: DesiredState; readonly held: Held | null }

/** Decides one order, and moves the world on. @returns nothing for what was decided before: its fact was told in the commit that decided it */
export function decide<Of extends Order>(world: World, order: Of): Decision<Of>[] {
  const superseded: Decision<Of>[] = [];
  const open: Undecided[] = [];
  for (const desired of order.reservations) {
    const key = decisionKey(desired.id, desired.revision);
    if (world.decided.has(key)) continue;
    world.decided.add(key);
    const held = world.reservations.get(desired.id) ?? null;
    // The newest revision wins, in whatever order they come.
    if (held && held.revision >= desired.revision) superseded.push(record(world, order, desired, held, 'superseded', { ...held, version: held.version + 1 }));
    else open.push({ desired, held });
  }
  return [...superseded, ...(open.length === 0 ? [] : decideTogether(world, order, open))];
}

function decideTogether<Of extends Order>(world: World, order: Of, open: readonly Undecided[]): Decision<Of>[] {
  const fault = faultOf(world, order, open);
  if (fault) return open.map((one) => refused(world, order, one, [], fault));

  // The old lines make room first: a reservation never stands in its own way.
  const old = open.flatMap(({ held }) => held?.lines ?? []);
  for (const line of old) removeLine(world, line);
  const drafts = open.map((one) => ({ one, lines: draftLines(world, order, one), shortLines: [] as ShortLine[] }));
  // What asks for no more than it had keeps it, though reality may have fallen below what is promised.
  for (const { lines } of drafts) for (const draft of lines) if (draft.kept) putLine(world, draft.line);
  for (const draft of drafts) {
    draft.lines = draft.lines.map((each) => (each.kept ? each : fitted(world, each, draft.one.desired.allowPartial, draft.shortLines)));
  }
  const fails = drafts.some(({ one, lines, shortLines }) =>
    shortLines.length > 0 && (!one.desired.allowPartial
      || lines.every(({ line }) => !isTaking(line)) || lines.some(({ line }) => line.status === 'rejected' && line.delivered > 0)));
  if (!fails) return drafts.map(({ one, lines, shortLines }) => accepted(world, order, one, lines.map(({ line }) => line), shortLines));

  for (const { lines } of drafts) for (const { line } of lines) removeLine(world, line);
  for (const line of old) putLine(world, line);
  return drafts.map(({ one, shortLines }) => refused(world, order, one, shortLines, noFault));
}

interface Draft { readonly line: Line; /** Takes no more than its old line did. */ readonly kept: boolean }

/** The lines as they would be, and what stays of the old ones. */
function draftLines(world: World, order: Order, { desired, held }: Undecided): Draft[] {
  const old = new Map(held?.lines.map((line) => [line.id, line]));
  const lines = desired.lines.map((wanted): Draft => {
    const before = old.get(wanted.id);
    old.delete(wanted.id);
    const [askedFrom, askedTo] = [instantOf(wanted.from), instantOf(wanted.to)];
    const same = before?.equipmentId === wanted.equipmentId ? before : undefined;
    if (same && same.quantity === wanted.quantity
      && (same.status === 'returned' || (isTaking(same) && same.askedFrom === askedFrom && same.askedTo === askedTo))) return { line: same, kept: true };
    const { stock } = world.shelf(wanted.equipmentId)!;
    const line: Omit<Line, 'status'> = {
      id: wanted.id, reservationId: desired.id, eventId: order.eventId, equipmentId: wanted.equipmentId, kitId: wanted.kitId, quantity: wanted.quantity,
      askedFrom, askedTo, from: askedFrom - stock.prepMs, to: askedTo + stock.turnaroundMs,
      delivered: same?.delivered ?? 0, returned: same?.returned ?? 0, damaged: same?.damaged ?? 0, missing: same?.missing ?? 0, outSince: same?.outSince ?? null,
      decidedSeq: world.place(order.companyId), decidedAt: world.now, short: same?.short ?? 0,
    };
    const within = same !== undefined && isTaking(same) && line.quantity <= same.quantity && line.from >= same.from && line.to <= same.to && world.now < same.askedTo;
    return { line: { ...line, status: lineStatus(line, world.now) }, kept: within };
  });
  // What came back is history and stays; of what is cancelled, the lines are kept to be seen.
  for (const line of old.values()) {
    if (line.delivered > 0) lines.push({ line: { ...line, status: 'returned', short: 0 }, kept: true });
    else if (desired.lines.length === 0) lines.push({ line: line.status === 'rejected' ? line : { ...line, status: 'cancelled', short: 0 }, kept: true });
  }
  return lines;
}

/** Puts the line where it fits for its whole blocked period; else says who is in the way. */
function fitted(world: World, draft: Draft, allowPartial: boolean, shortLines: ShortLine[]): Draft {
  const { line } = draft;
  const taken = takenByLine(line, world.now);
  if (taken.length > 0) {
    const shelf = world.shelf(line.equipmentId)!;
    const out = outOf(line);
    const needed = line.quantity - line.delivered + out;
    // What is out already is where it is; only the time from now on is promised anew.
    const from = line.delivered > 0 ? Math.min(Math.max(line.from, world.now), line.to - 1) : line.from;
    // And it stays there: put off to a later period, it is nobody else's until then.
    const outAlone = out > 0 && world.now < from ? freeOn(shelf, world.now, from) : Infinity;
    const available = Math.min(freeOn(shelf, from, line.to), outAlone + needed - out);
    if (available < needed) {
      const reasons = reasonsOn(shelf, outAlone < out ? world.now : from, line.to, world.now);
      shortLines.push({ line, shortage: { equipmentId: line.equipmentId, requested: line.quantity, available, reasons, nextFreeAt: null, alternatives: [] } });
      return allowPartial ? { line: { ...line, status: 'rejected' }, kept: false } : draft;
    }
  }
  putLine(world, line);
  return draft;
}

const accepted = <Of extends Order>(world: World, order: Of, { desired, held }: Undecided, lines: readonly Line[], shortLines: readonly ShortLine[]): Decision<Of> =>
  record(world, order, desired, held, 'accepted', {
    ...blank(world, order, desired, held), status: reservationStatus(lines), lines, refusedLines: [], shortages: [],
  }, noFault, shortLines);

/** The old state stays. Where there was none, the reservation is refused and shows what was asked. */
function refused<Of extends Order>(world: World, order: Of, { desired, held }: Undecided, shortLines: readonly ShortLine[], fault: Fault): Decision<Of> {
  const stays = held !== null && held.status !== 'rejected';
  return record(world, order, desired, held, 'refused', {
    ...blank(world, order, desired, held), status: stays ? held.status : 'rejected', lines: stays ? held.lines : [],
    refusedLines: stays ? [] : desired.lines.map((line) => ({ ...line })), shortages: [],
  }, fault, shortLines);
}

const blank = ({ now }: World, { companyId, eventId }: Order, { id, revision, requestedBy }: DesiredState, held: Held | null) => ({
  id, companyId, eventId, revision, version: (held?.version ?? 0) + 1,
  requestedBy: held?.requestedBy ?? requestedBy, decidedAt: now, createdAt: held?.createdAt ?? now, updatedAt: now,
});

function record<Of extends Order>(
  world: World, order: Of, desired: DesiredState, before: Held | null, outcome: Outcome,
  after: Held, fault: Fault = noFault, shortLines: readonly ShortLine[] = [],
): Decision<Of> {
  world.reservations.set(desired.id, after);
  return { order, revision: desired.revision, outcome, before, after, shortLines, ...fault };
}
