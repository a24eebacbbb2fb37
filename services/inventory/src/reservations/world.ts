/**
 * What a batch of orders is decided against: read once under the companies' locks, and moved on by each decision,
 * so that the second order of a batch sees what the first was promised.
 */
import type { Shortage } from '@regie/contracts';
import type { Stock } from '../availability/stock.ts';
import { takenByLine, type Taken } from '../availability/taken.ts';
import { peak, take, useOf, type Use } from '../availability/use.ts';
import { isTaking, type Held, type Line } from './reservation.ts';

interface Shelf {
  readonly stock: Stock;
  readonly use: Use;
  /** By line, maintenance or loss. */
  readonly taken: Map<string, readonly Taken[]>;
}

export interface World {
  /** Milliseconds since 1970: one clock for the batch. */
  readonly now: number;
  readonly shelves: ReadonlyMap<string, Shelf>;
  readonly reservations: Map<string, Held>;
  /** `<reservation> <revision>` of orders decided before. */
  readonly decided: Set<string>;
  /** What an event is promised of an equipment: `<event> <equipment>`. */
  readonly promised: Map<string, Line[]>;
  readonly eventNames: Map<string, string>;
  /** The next place in the order of a company's decisions. */
  readonly place: (companyId: string) => number;
}

export const decisionKey = (reservationId: string, revision: number): string => `${reservationId} ${revision}`;
const promiseKey = (eventId: string, equipmentId: string): string => `${eventId} ${equipmentId}`;

export function openWorld({ now, stock, taken, reservations, eventLines, decided, eventNames, place }: {
  readonly now: number; readonly stock: Iterable<Stock>; readonly taken: ReadonlyMap<string, readonly Taken[]>; readonly reservations: Iterable<Held>;
  /** Taking lines of the events concerned, of any reservation. */
  readonly eventLines: Iterable<Line>; readonly decided: Iterable<string>; readonly eventNames: Map<string, string>; readonly place: World['place'];
}): World {
  const shelves = new Map([...stock].map((one) => {
    const own = taken.get(one.id) ?? [];
    return [one.id, { stock: one, use: useOf(own), taken: Map.groupBy(own, ({ sourceId }) => sourceId) as Map<string, readonly Taken[]> }];
  }));
  const promised = Map.groupBy(eventLines, ({ eventId, equipmentId }) => promiseKey(eventId, equipmentId));
  return { now, shelves, reservations: new Map([...reservations].map((held) => [held.id, held])), decided: new Set(decided), promised, eventNames, place };
}

/** Puts a line onto its shelf and among its event's promises. */
export function putLine(world: World, line: Line): void {
  const shelf = world.shelves.get(line.equipmentId);
  const taken = takenByLine(line, world.now);
  if (shelf && taken.length > 0 && !shelf.taken.has(line.id)) {
    for (const { from, to, quantity } of taken) take(shelf.use, from, to, quantity);
    shelf.taken.set(line.id, taken);
  }
  if (!isTaking(line)) return;
  const key = promiseKey(line.eventId, line.equipmentId);
  const known = world.promised.get(key);
  if (known) known.push(line);
  else world.promised.set(key, [line]);
}

/** Takes a line off again. A line outside of what was read is on no shelf: it is in nobody's way. */
export function removeLine(world: World, line: Line): void {
  const shelf = world.shelves.get(line.equipmentId);
  const taken = shelf?.taken.get(line.id);
  if (shelf && taken) {
    for (const { from, to, quantity } of taken) take(shelf.use, from, to, -quantity);
    shelf.taken.delete(line.id);
  }
  const key = promiseKey(line.eventId, line.equipmentId);
  const known = world.promised.get(key);
  if (known) world.promised.set(key, known.filter(({ id }) => id !== line.id));
}

/** What the event is promised of an equipment, by any reservation. */
export const promisedTo = (world: World, eventId: string, equipmentId: string): readonly Line[] => world.promised.get(promiseKey(eventId, equipmentId)) ?? [];

/** Does the event have this equipment already for an overlapping period, outside of these reservations? */
export const hasAlready = (world: World, eventId: string, equipmentId: string, from: number, to: number, but: ReadonlySet<string>): boolean =>
  promisedTo(world, eventId, equipmentId).some((line) => !but.has(line.reservationId) && line.askedFrom < to && from < line.askedTo);

/** Pieces free over a window, as things stand. */
export function freeOn(world: World, equipmentId: string, from: number, to: number): number {
  const { stock, use } = world.shelves.get(equipmentId)!;
  return Math.max(0, stock.total - peak(use, from, to));
}

const mostReasons = 50;

/** Who has it in a window. Lost pieces are no reason: they lower the total. */
export function reasonsOn(world: World, equipmentId: string, from: number, to: number): Shortage['reasons'] {
  const reasons: Shortage['reasons'] = [];
  for (const own of world.shelves.get(equipmentId)!.taken.values()) {
    for (const one of own) {
      if (one.kind === 'lost' || one.from >= to || (one.to !== null && one.to <= from)) continue;
      reasons.push({
        kind: one.kind, eventId: one.eventId, eventName: null, quantity: one.quantity,
        from: new Date(one.from).toISOString(), to: one.to === null ? null : new Date(one.to).toISOString(),
      });
    }
  }
  return reasons.sort((a, b) => a.from.localeCompare(b.from)).slice(0, mostReasons);
}
