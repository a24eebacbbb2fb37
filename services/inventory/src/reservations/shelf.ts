/** One equipment as decisions see it: its stock, and what takes pieces of it. */
import type { Shortage } from '@regie/contracts';
import type { Stock } from '../availability/stock.ts';
import { outOf, takenByLine, type AskedLine, type Taken } from '../availability/taken.ts';
import { peak, take, useOf, type Use } from '../availability/use.ts';

/** As much of a line as a shelf keeps. */
export type ShelfLine = AskedLine;

export interface Shelf {
  readonly stock: Stock;
  readonly use: Use;
  /** What takes pieces, by line. */
  readonly lines: Map<string, ShelfLine>;
  /** What events are promised, by event. */
  readonly promised: Map<string, ShelfLine[]>;
  /** Repairs and losses. */
  readonly outOfService: readonly Taken[];
}

/**
 * @param lines that take something of it now or later
 * @param promised of the same equipment outside of what was read: they are in nobody's way, and the event has them all the same
 * @param now milliseconds since 1970
 */
export function openShelf(stock: Stock, lines: readonly ShelfLine[], outOfService: readonly Taken[], now: number, promised: readonly ShelfLine[] = []): Shelf {
  const shelf: Shelf = { stock, use: useOf([...outOfService, ...lines.flatMap((line) => takenByLine(line, now))]), lines: new Map(lines.map((line) => [line.id, line])), promised: new Map(), outOfService };
  for (const line of lines) promise(shelf.promised, line);
  for (const line of promised) if (!shelf.lines.has(line.id)) promise(shelf.promised, line);
  return shelf;
}

function promise(promised: Map<string, ShelfLine[]>, line: ShelfLine): void {
  const known = promised.get(line.eventId);
  if (known) known.push(line);
  else promised.set(line.eventId, [line]);
}

/** Puts a line on. One that is there already, or takes nothing, changes nothing of the use. */
export function putOn(shelf: Shelf, line: ShelfLine, now: number): void {
  const taken = takenByLine(line, now);
  if (taken.length > 0 && !shelf.lines.has(line.id)) {
    for (const { from, to, quantity } of taken) take(shelf.use, from, to, quantity);
    shelf.lines.set(line.id, line);
  }
  if (line.status === 'reserved' || line.status === 'delivered') promise(shelf.promised, line);
}

/** Takes a line off again. One that was never on is in nobody's way. */
export function takeOff(shelf: Shelf, { id, eventId }: ShelfLine, now: number): void {
  const line = shelf.lines.get(id);
  if (line) {
    // What it takes is what it took when it was put on: a shelf is not kept beyond the instant at which that changes.
    for (const { from, to, quantity } of takenByLine(line, now)) take(shelf.use, from, to, -quantity);
    shelf.lines.delete(id);
  }
  const left = shelf.promised.get(eventId)?.filter((one) => one.id !== id);
  if (left && left.length > 0) shelf.promised.set(eventId, left);
  else shelf.promised.delete(eventId);
}

/** Pieces free over a window, as things stand. */
export const freeOn = ({ stock, use }: Shelf, from: number, to: number): number => Math.max(0, stock.total - peak(use, from, to));

/** All that takes pieces in a window, one after the other. */
export function* takenOn({ lines, outOfService }: Shelf, from: number, to: number, now: number): Generator<Taken> {
  const overlaps = (one: Taken) => one.from < to && (one.to === null || one.to > from);
  yield* outOfService.filter(overlaps);
  for (const line of lines.values()) {
    // Most lines of a year are nowhere near; what is out is taken whatever its dates.
    if ((line.from < to && line.to > from) || outOf(line) > 0) yield* takenByLine(line, now).filter(overlaps);
  }
}

const mostReasons = 50;

/** Who has it in a window. Lost pieces are no reason: they lower the total. */
export function reasonsOn(shelf: Shelf, from: number, to: number, now: number): Shortage['reasons'] {
  const taken = [...takenOn(shelf, from, to, now)].filter(({ kind }) => kind !== 'lost');
  // In one order, whatever order they were read or promised in.
  taken.sort((a, b) => a.from - b.from || (a.sourceId < b.sourceId ? -1 : 1));
  return taken.slice(0, mostReasons).map((one) => ({
    kind: one.kind as 'reserved', eventId: one.eventId, eventName: null, quantity: one.quantity, from: new Date(one.from).toISOString(), to: one.to === null ? null : new Date(one.to).toISOString(),
  }));
}

/** The next instant after `now` at which time alone changes what is taken: a line ends, a repair becomes overdue. Infinity when there is none. */
export function changesAt(lines: Iterable<ShelfLine>, outOfService: readonly Taken[], now: number): number {
  let next = Infinity;
  for (const { askedTo } of lines) if (askedTo > now && askedTo < next) next = askedTo;
  for (const { to } of outOfService) if (to !== null && to > now && to < next) next = to;
  return next;
}
