/**
 * What a batch of orders is decided against: true under the companies' locks, and moved on by each decision,
 * so that the second order of a batch sees what the first was promised.
 */
import { isTaking, type Held, type Line } from './reservation.ts';
import { promisedOn, putOn, takeOff, type Shelf, type ShelfLine } from './shelf.ts';

export interface World {
  /** Milliseconds since 1970: one clock for the batch. */
  readonly now: number;
  /** Of the equipment asked for, and of whatever else is known: a line that is given up is taken off wherever it is. */
  readonly shelf: (equipmentId: string) => Shelf | undefined;
  readonly reservations: Map<string, Held>;
  /** `<reservation> <revision>` of orders decided before. */
  readonly decided: Set<string>;
  /** What an event is promised of equipment that has no shelf here: `<event> <equipment>`. */
  readonly promised: Map<string, ShelfLine[]>;
  readonly eventNames: ReadonlyMap<string, string>;
  /** The next place in the order of a company's decisions. */
  readonly place: (companyId: string) => number;
}

export const decisionKey = (reservationId: string, revision: number): string => `${reservationId} ${revision}`;
const promiseKey = (eventId: string, equipmentId: string): string => `${eventId} ${equipmentId}`;

export function openWorld({ now, shelf, reservations = [], eventLines = [], decided = [], eventNames, place }: {
  readonly now: number; readonly shelf: World['shelf']; readonly reservations?: Iterable<Held>;
  /** Taking lines of the events concerned, of any reservation and equipment. */
  readonly eventLines?: Iterable<ShelfLine & Pick<Line, 'equipmentId'>>; readonly decided?: Iterable<string>;
  readonly eventNames: World['eventNames']; readonly place: World['place'];
}): World {
  const promised = Map.groupBy([...eventLines].filter(({ equipmentId }) => !shelf(equipmentId)), ({ eventId, equipmentId }) => promiseKey(eventId, equipmentId));
  return { now, shelf, reservations: new Map([...reservations].map((held) => [held.id, held])), decided: new Set(decided), promised, eventNames, place };
}

/** Puts a line onto its shelf and among its event's promises. */
export function putLine(world: World, line: Line): void {
  const shelf = world.shelf(line.equipmentId);
  if (shelf) { putOn(shelf, line, world.now); return; }
  if (!isTaking(line)) return;
  const key = promiseKey(line.eventId, line.equipmentId);
  world.promised.set(key, [...(world.promised.get(key) ?? []), line]);
}

/** Takes a line off again. A line outside of what was read is on no shelf: it is in nobody's way. */
export function removeLine(world: World, line: Line): void {
  const shelf = world.shelf(line.equipmentId);
  if (shelf) { takeOff(shelf, line, world.now); return; }
  const key = promiseKey(line.eventId, line.equipmentId);
  const known = world.promised.get(key);
  if (known) world.promised.set(key, known.filter(({ id }) => id !== line.id));
}

/** What the event is promised of an equipment, by any reservation. With a period, what lies outside of it may be missing. */
export function promisedTo(world: World, eventId: string, equipmentId: string, from?: number, to?: number): readonly ShelfLine[] {
  const shelf = world.shelf(equipmentId);
  const known = shelf ? promisedOn(shelf, eventId, from, to) : [];
  return known.length > 0 ? known : world.promised.get(promiseKey(eventId, equipmentId)) ?? [];
}

/** Does the event have this equipment already for an overlapping period, outside of these reservations? */
export const hasAlready = (world: World, eventId: string, equipmentId: string, from: number, to: number, but: ReadonlySet<string>): boolean =>
  promisedTo(world, eventId, equipmentId, from, to).some((line) => !but.has(line.reservationId) && line.askedFrom < to && from < line.askedTo);
