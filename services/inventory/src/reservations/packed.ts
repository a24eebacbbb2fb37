/**
 * The lines of a shelf in plain numbers: as an object with texts a line takes 470 bytes, which the collector copies twice and looks at for as long as it is kept;
 * packed it takes some 130, and is not looked at. Packed are lines of which nothing has left yet: nearly all, and they differ in nothing but what stands here.
 */
import { putUuid, uuidText } from '@regie/contracts';
import type { AskedLine } from '../availability/taken.ts';

/** A line as a shelf knows it, of which no piece has been handed out. */
export interface PackedLines {
  /** `width` numbers a line, one line after the other: its id, its reservation's and its event's, its periods, its quantity, and the next line of those that begin at one head. */
  readonly numbers: number[];
  /**
   * The first line of each chain, which is of the lines whose events end in the same bits; `none` where there is none.
   * Their number is a power of two, never below the number of lines.
   */
  heads: number[];
}

const width = 15;
/** Where the parts of a line stand in it. A UUID is three numbers: twice 48 bits, and 32. */
const at = { id: 0, reservation: 3, event: 6, from: 9, to: 10, askedFrom: 11, askedTo: 12, quantity: 13, next: 14 } as const;
const none = -1;

export const noLines = (): PackedLines => ({ numbers: [], heads: [none] });
export const packedCount = ({ numbers }: PackedLines): number => numbers.length / width;
/** Nothing of it is out, came back or is missing. */
export const canBePacked = ({ status, delivered, returned, missing, outSince }: AskedLine): boolean =>
  status === 'reserved' && delivered === 0 && returned === 0 && missing === 0 && outSince === null;

const bytes = new DataView(new ArrayBuffer(16));
const octets = new Uint8Array(bytes.buffer);

/** The id read last, as numbers: who adds a line has looked for the same ids first. */
interface Read { text: string; readonly numbers: [number, number, number] }
const unread = (): Read => ({ text: '00000000-0000-0000-0000-000000000000', numbers: [0, 0, 0] });
const [anId, aReservation, anEvent] = [unread(), unread(), unread()];

/** @throws {TypeError} when it is no UUID */
function numbersOf(id: string, read: Read): Read['numbers'] {
  const { numbers } = read;
  if (id === read.text) return numbers;
  putUuid(octets, id, 0);
  numbers[0] = bytes.getUint32(0) * 0x1_0000 + bytes.getUint16(4);
  numbers[1] = bytes.getUint16(6) * 0x1_0000_0000 + bytes.getUint32(8);
  numbers[2] = bytes.getUint32(12);
  read.text = id;
  return numbers;
}

function text(numbers: readonly number[], place: number): string {
  const [high, middle] = [numbers[place]!, numbers[place + 1]!];
  bytes.setUint32(0, Math.floor(high / 0x1_0000));
  bytes.setUint16(4, high & 0xffff);
  bytes.setUint16(6, Math.floor(middle / 0x1_0000_0000));
  bytes.setUint32(8, middle);
  bytes.setUint32(12, numbers[place + 2]!);
  return uuidText(octets, 0);
}

const same = (numbers: readonly number[], place: number, id: readonly number[]): boolean =>
  numbers[place + 2] === id[2] && numbers[place + 1] === id[1] && numbers[place] === id[0];
/** The chain of an event: the end of a UUIDv7 is random. */
const headOf = ({ heads }: PackedLines, last: number): number => last & (heads.length - 1);

/** @throws {TypeError} when one of its ids is no UUID: then nothing was added */
export function addPacked(lines: PackedLines, added: AskedLine): void {
  const { numbers } = lines;
  const row = numbers.length;
  const [id, reservationId, eventId] = [numbersOf(added.id, anId), numbersOf(added.reservationId, aReservation), numbersOf(added.eventId, anEvent)];
  if (row / width === lines.heads.length) widen(lines);
  const head = headOf(lines, eventId[2]);
  numbers.push(
    id[0], id[1], id[2], reservationId[0], reservationId[1], reservationId[2], eventId[0], eventId[1], eventId[2],
    added.from, added.to, added.askedFrom, added.askedTo, added.quantity, lines.heads[head]!,
  );
  lines.heads[head] = row;
}

function widen(lines: PackedLines): void {
  lines.heads = Array.from({ length: lines.heads.length * 2 }, () => none);
  const { numbers, heads } = lines;
  for (let row = 0; row < numbers.length; row += width) {
    const head = headOf(lines, numbers[row + at.event + 2]!);
    numbers[row + at.next] = heads[head]!;
    heads[head] = row;
  }
}

/** Takes a line off. @returns it as it was; undefined when it is not here */
export function removePacked(lines: PackedLines, eventId: string, id: string): AskedLine | undefined {
  const { numbers } = lines;
  const row = find(lines, eventId, at.id, numbersOf(id, anId));
  if (row === none) return undefined;
  const removed = unpacked(numbers, row);
  relink(lines, row, numbers[row + at.next]!);
  // The last one takes its place, so that there is no gap.
  const end = numbers.length - width;
  if (end !== row) {
    relink(lines, end, row);
    numbers.copyWithin(row, end);
  }
  numbers.length = end;
  return removed;
}

/** Whatever leads to the line at `old` leads to `other`. */
function relink(lines: PackedLines, old: number, other: number): void {
  const { numbers, heads } = lines;
  const head = headOf(lines, numbers[old + at.event + 2]!);
  if (heads[head] === old) { heads[head] = other; return; }
  let before = heads[head]!;
  while (numbers[before + at.next] !== old) before = numbers[before + at.next]!;
  numbers[before + at.next] = other;
}

/** Where a line of the event stands whose id at `part` is the one given. */
function find(lines: PackedLines, eventId: string, part: number, id: readonly number[]): number {
  const { numbers, heads } = lines;
  const ofEvent = numbersOf(eventId, anEvent);
  let row = heads[headOf(lines, ofEvent[2])]!;
  while (row !== none && !(same(numbers, row + part, id) && same(numbers, row + at.event, ofEvent))) row = numbers[row + at.next]!;
  return row;
}

export const hasPacked = (lines: PackedLines, eventId: string, id: string): boolean => find(lines, eventId, at.id, numbersOf(id, anId)) !== none;
/** Is a line of this reservation among them? */
export const hasPackedOf = (lines: PackedLines, eventId: string, reservationId: string): boolean =>
  find(lines, eventId, at.reservation, numbersOf(reservationId, aReservation)) !== none;

/** The event's lines whose asked period overlaps this one. Unpacking one costs as much as looking at a hundred. */
export function packedOf(lines: PackedLines, eventId: string, begins = -Infinity, ends = Infinity): AskedLine[] {
  const { numbers, heads } = lines;
  const found: AskedLine[] = [];
  const ofEvent = numbersOf(eventId, anEvent);
  for (let row = heads[headOf(lines, ofEvent[2])]!; row !== none; row = numbers[row + at.next]!) {
    if (numbers[row + at.askedFrom]! < ends && numbers[row + at.askedTo]! > begins && same(numbers, row + at.event, ofEvent)) found.push(unpacked(numbers, row));
  }
  return found;
}

/** Lines whose blocked period overlaps this one. */
export function packedWithin({ numbers }: PackedLines, begins: number, ends: number): AskedLine[] {
  const found: AskedLine[] = [];
  for (let row = 0; row < numbers.length; row += width) if (numbers[row + at.from]! < ends && numbers[row + at.to]! > begins) found.push(unpacked(numbers, row));
  return found;
}

/** The first instant after `now` at which one of them ends as it was asked; Infinity when none does. */
export function packedEnd({ numbers }: PackedLines, now: number): number {
  let soonest = Infinity;
  for (let place = at.askedTo; place < numbers.length; place += width) if (numbers[place]! > now && numbers[place]! < soonest) soonest = numbers[place]!;
  return soonest;
}

const unpacked = (numbers: readonly number[], row: number): AskedLine => ({
  id: text(numbers, row + at.id), reservationId: text(numbers, row + at.reservation), eventId: text(numbers, row + at.event),
  status: 'reserved', quantity: numbers[row + at.quantity]!, delivered: 0, returned: 0, missing: 0,
  from: numbers[row + at.from]!, to: numbers[row + at.to]!, askedFrom: numbers[row + at.askedFrom]!, askedTo: numbers[row + at.askedTo]!, outSince: null,
});
