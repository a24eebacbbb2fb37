/** One equipment as decisions see it: its stock, and what takes pieces of it. */
import { instantText, type Shortage } from '@regie/contracts';
import type { Stock } from '../availability/stock.ts';
import { takenByLine, type AskedLine, type Taken } from '../availability/taken.ts';
import { copyOf, peak, take, useOf, type Use } from '../availability/use.ts';
import { addPacked, canBePacked, hasPacked, hasPackedOf, noLines, packedCount, packedEnd, packedOf, packedWithin, removePacked, type PackedLines } from './packed.ts';

/** As much of a line as a shelf keeps. */
export type ShelfLine = AskedLine;

export interface Shelf {
  readonly stock: Stock;
  readonly use: Use;
  /** The lines that are promised and of which nothing has left. */
  readonly lines: PackedLines;
  /** Those of which something has left, or that lie elsewhere, by their event. */
  readonly others: Map<string, readonly ShelfLine[]>;
  /** Those of the others that lie outside of what was read: the event has them, and they take nothing here. */
  readonly elsewhere: Set<string>;
  /** Repairs and losses. */
  readonly outOfService: readonly Taken[];
}

/**
 * @param lines that take something of it now or later
 * @param promised of the same equipment outside of what was read: they are in nobody's way, and the event has them all the same
 * @param now milliseconds since 1970
 */
export function openShelf(stock: Stock, lines: readonly ShelfLine[], outOfService: readonly Taken[], now: number, promised: readonly ShelfLine[] = []): Shelf {
  const use = useOf([...outOfService, ...lines.flatMap((line) => takenByLine(line, now))]);
  const shelf: Shelf = { stock, use, lines: noLines(), others: new Map<string, readonly ShelfLine[]>(), elsewhere: new Set<string>(), outOfService };
  for (const line of lines) add(shelf, line);
  for (const line of promised) {
    if (has(shelf, line)) continue;
    addTo(shelf.others, line);
    shelf.elsewhere.add(line.id);
  }
  return shelf;
}

function add({ lines, others }: Shelf, line: ShelfLine): void {
  if (canBePacked(line)) addPacked(lines, line);
  else addTo(others, line);
}

function addTo(others: Map<string, readonly ShelfLine[]>, line: ShelfLine): void {
  const known = others.get(line.eventId);
  others.set(line.eventId, known ? [...known, line] : [line]);
}

const none: readonly ShelfLine[] = [];
const othersOf = ({ others }: Shelf, eventId: string): readonly ShelfLine[] => (others.size === 0 ? none : others.get(eventId) ?? none);
const has = (shelf: Shelf, { id, eventId }: ShelfLine): boolean => hasPacked(shelf.lines, eventId, id) || othersOf(shelf, eventId).some((line) => line.id === id);

/** What an event is promised, or has out. With a period, what lies outside of it may be missing. */
export const promisedOn = (shelf: Shelf, eventId: string, from?: number, to?: number): readonly ShelfLine[] => {
  const [packed, others] = [packedOf(shelf.lines, eventId, from, to), othersOf(shelf, eventId)];
  return others.length === 0 ? packed : [...packed, ...others];
};
/** Is any line of this reservation on it? */
export const holds = (shelf: Shelf, eventId: string, reservationId: string): boolean =>
  hasPackedOf(shelf.lines, eventId, reservationId) || othersOf(shelf, eventId).some((line) => line.reservationId === reservationId);

/** How much memory it takes, in lines. */
export function sizeOf({ lines, others }: Shelf): number {
  let size = 1 + packedCount(lines);
  for (const known of others.values()) size += known.length;
  return size;
}

/** Puts a line on. One that is there already, or takes nothing, changes nothing. */
export function putOn(shelf: Shelf, line: ShelfLine, now: number): void {
  if (line.status !== 'reserved' && line.status !== 'delivered') return;
  if (has(shelf, line)) return;
  add(shelf, line);
  for (const { from, to, quantity } of takenByLine(line, now)) take(shelf.use, from, to, quantity);
}

/** Takes a line off again. One that was never on is in nobody's way. */
export function takeOff(shelf: Shelf, { id, eventId }: ShelfLine, now: number): void {
  const line = removePacked(shelf.lines, eventId, id) ?? takeFromOthers(shelf, eventId, id);
  if (!line || shelf.elsewhere.delete(id)) return;
  // What it takes is what it took when it was put on: a shelf is not kept beyond the instant at which that changes.
  for (const { from, to, quantity } of takenByLine(line, now)) take(shelf.use, from, to, -quantity);
}

function takeFromOthers(shelf: Shelf, eventId: string, id: string): ShelfLine | undefined {
  const known = othersOf(shelf, eventId);
  const line = known.find((one) => one.id === id);
  if (line && known.length === 1) shelf.others.delete(eventId);
  else if (line) shelf.others.set(eventId, known.filter((one) => one !== line));
  return line;
}

/** Pieces free over a window, as things stand. */
export const freeOn = ({ stock, use }: Shelf, from: number, to: number): number => Math.max(0, stock.total - peak(use, from, to));

/** All that takes pieces in a window. */
function takenOn({ lines, others, elsewhere, outOfService }: Shelf, from: number, to: number, now: number): Taken[] {
  const overlaps = (one: Taken) => one.from < to && (one.to === null || one.to > from);
  const taken = outOfService.filter(overlaps);
  for (const line of packedWithin(lines, from, to)) taken.push(...takenByLine(line, now).filter(overlaps));
  for (const known of others.values()) for (const line of known) if (!elsewhere.has(line.id)) taken.push(...takenByLine(line, now).filter(overlaps));
  return taken;
}

/** What is taken of it, without what these reservations of an event take. */
export function useWithout(shelf: Shelf, eventId: string, reservationIds: ReadonlySet<string>, now: number): Use {
  const use = copyOf(shelf.use);
  for (const line of promisedOn(shelf, eventId)) {
    if (!reservationIds.has(line.reservationId) || shelf.elsewhere.has(line.id)) continue;
    for (const { from, to, quantity } of takenByLine(line, now)) take(use, from, to, -quantity);
  }
  return use;
}

const mostReasonsOfLine = 50;

/** Who has it in a window. Lost pieces are no reason: they lower the total. */
export function reasonsOn(shelf: Shelf, from: number, to: number, now: number): Shortage['reasons'] {
  const taken = takenOn(shelf, from, to, now).filter(({ kind }) => kind !== 'lost');
  // In one order, whatever order they were read or promised in.
  taken.sort((a, b) => a.from - b.from || (a.sourceId < b.sourceId ? -1 : 1));
  return taken.slice(0, mostReasonsOfLine).map((one) => ({
    kind: one.kind as 'reserved', eventId: one.eventId, eventName: null, quantity: one.quantity, from: instantText(one.from), to: one.to === null ? null : instantText(one.to),
  }));
}

/** The next instant after `now` at which time alone changes what is taken: a line ends, a repair becomes overdue. Infinity when there is none. */
export function changesAt({ lines, others, outOfService }: Shelf, now: number): number {
  let next = packedEnd(lines, now);
  for (const known of others.values()) for (const { askedTo } of known) if (askedTo > now && askedTo < next) next = askedTo;
  for (const { to } of outOfService) if (to !== null && to > now && to < next) next = to;
  return next;
}
