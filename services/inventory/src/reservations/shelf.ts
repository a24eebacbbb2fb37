/** One equipment as decisions see it: its stock, and what takes pieces of it. */
import { instantText, type Shortage } from '@regie/contracts';
import type { Stock } from '../availability/stock.ts';
import { outOf, takenByLine, type AskedLine, type Taken } from '../availability/taken.ts';
import { peak, take, useOf, type Use } from '../availability/use.ts';

/** As much of a line as a shelf keeps. */
export type ShelfLine = AskedLine;

export interface Shelf {
  readonly stock: Stock;
  readonly use: Use;
  /** The lines that are promised, or out, by their event. */
  readonly promised: Map<string, readonly ShelfLine[]>;
  /** Those of them that lie outside of what was read: the event has them, and they take nothing here. */
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
  const shelf = { stock, use, promised: new Map<string, readonly ShelfLine[]>(), elsewhere: new Set<string>(), outOfService };
  for (const line of lines) addTo(shelf.promised, line);
  for (const line of promised) {
    if (has(shelf, line)) continue;
    addTo(shelf.promised, line);
    shelf.elsewhere.add(line.id);
  }
  return shelf;
}

function addTo(promised: Map<string, readonly ShelfLine[]>, line: ShelfLine): void {
  const known = promised.get(line.eventId);
  promised.set(line.eventId, known ? [...known, line] : [line]);
}

const has = ({ promised }: Pick<Shelf, 'promised'>, { id, eventId }: ShelfLine): boolean => promised.get(eventId)?.some((line) => line.id === id) ?? false;

/** Puts a line on. One that is there already, or takes nothing, changes nothing. */
export function putOn(shelf: Shelf, line: ShelfLine, now: number): void {
  if (line.status !== 'reserved' && line.status !== 'delivered') return;
  if (has(shelf, line)) return;
  addTo(shelf.promised, line);
  for (const { from, to, quantity } of takenByLine(line, now)) take(shelf.use, from, to, quantity);
}

/** Takes a line off again. One that was never on is in nobody's way. */
export function takeOff(shelf: Shelf, { id, eventId }: ShelfLine, now: number): void {
  const known = shelf.promised.get(eventId);
  const line = known?.find((one) => one.id === id);
  if (!known || !line) return;
  if (known.length === 1) shelf.promised.delete(eventId);
  else shelf.promised.set(eventId, known.filter((one) => one !== line));
  if (shelf.elsewhere.delete(id)) return;
  // What it takes is what it took when it was put on: a shelf is not kept beyond the instant at which that changes.
  for (const { from, to, quantity } of takenByLine(line, now)) take(shelf.use, from, to, -quantity);
}

/** Pieces free over a window, as things stand. */
export const freeOn = ({ stock, use }: Shelf, from: number, to: number): number => Math.max(0, stock.total - peak(use, from, to));

/** All that takes pieces in a window. */
export function takenOn({ promised, elsewhere, outOfService }: Shelf, from: number, to: number, now: number): Taken[] {
  const overlaps = (one: Taken) => one.from < to && (one.to === null || one.to > from);
  const taken = outOfService.filter(overlaps);
  for (const lines of promised.values()) {
    for (const line of lines) {
      // Most lines of a year are nowhere near; what is out is taken whatever its dates.
      if ((line.from >= to || line.to <= from) && outOf(line) === 0) continue;
      if (!elsewhere.has(line.id)) taken.push(...takenByLine(line, now).filter(overlaps));
    }
  }
  return taken;
}

const mostReasons = 50;

/** Who has it in a window. Lost pieces are no reason: they lower the total. */
export function reasonsOn(shelf: Shelf, from: number, to: number, now: number): Shortage['reasons'] {
  const taken = takenOn(shelf, from, to, now).filter(({ kind }) => kind !== 'lost');
  // In one order, whatever order they were read or promised in.
  taken.sort((a, b) => a.from - b.from || (a.sourceId < b.sourceId ? -1 : 1));
  return taken.slice(0, mostReasons).map((one) => ({
    kind: one.kind as 'reserved', eventId: one.eventId, eventName: null, quantity: one.quantity, from: instantText(one.from), to: one.to === null ? null : instantText(one.to),
  }));
}

/** The next instant after `now` at which time alone changes what is taken: a line ends, a repair becomes overdue. Infinity when there is none. */
export function changesAt({ promised, outOfService }: Shelf, now: number): number {
  let next = Infinity;
  for (const lines of promised.values()) for (const { askedTo } of lines) if (askedTo > now && askedTo < next) next = askedTo;
  for (const { to } of outOfService) if (to !== null && to > now && to < next) next = to;
  return next;
}
