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
  /** The first line of each chain of events; `none` where there is none. Their number is a power of two, never below the number of lines. */
  heads: number[];
}

const width = 15;
/** A UUID in three numbers: twice 48 bits, and 32. */
const [line, reservation, event] = [0, 3, 6];
const [from, to, askedFrom, askedTo, quantity, next] = [9, 10, 11, 12, 13, 14];
const none = -1;

export const noLines = (): PackedLines => ({ numbers: [], heads: [none] });
export const packedCount = ({ numbers }: PackedLines): number => numbers.length / width;
/** Nothing of it is out, came back or is missing. */
export const canBePacked = ({ status, delivered, returned, missing, outSince }: AskedLine): boolean =>
  status === 'reserved' && delivered === 0 && returned === 0 && missing === 0 && outSince === null;

const bytes = new DataView(new ArrayBuffer(16));
const octets = new Uint8Array(bytes.buffer);

/** An id in numbers, read once: whoever looks whether a line is there looks for the same ids again, and adds it. */
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

function text(numbers: readonly number[], at: number): string {
  const [high, middle] = [numbers[at]!, numbers[at + 1]!];
  bytes.setUint32(0, Math.floor(high / 0x1_0000));
  bytes.setUint16(4, high & 0xffff);
  bytes.setUint16(6, Math.floor(middle / 0x1_0000_0000));
  bytes.setUint32(8, middle);
  bytes.setUint32(12, numbers[at + 2]!);
  return uuidText(octets, 0);
}

const same = (numbers: readonly number[], at: number, id: readonly number[]): boolean => numbers[at + 2] === id[2] && numbers[at + 1] === id[1] && numbers[at] === id[0];
/** The chain of an event: the end of a UUIDv7 is random. */
const headOf = ({ heads }: PackedLines, last: number): number => last & (heads.length - 1);

/** @throws {TypeError} when one of its ids is no UUID: then nothing was added */
export function addPacked(lines: PackedLines, added: AskedLine): void {
  const { numbers } = lines;
  const at = numbers.length;
  const [id, reservationId, eventId] = [numbersOf(added.id, anId), numbersOf(added.reservationId, aReservation), numbersOf(added.eventId, anEvent)];
  if (at / width === lines.heads.length) widen(lines);
  const head = headOf(lines, eventId[2]);
  numbers.push(
    id[0], id[1], id[2], reservationId[0], reservationId[1], reservationId[2], eventId[0], eventId[1], eventId[2],
    added.from, added.to, added.askedFrom, added.askedTo, added.quantity, lines.heads[head]!,
  );
  lines.heads[head] = at;
}

function widen(lines: PackedLines): void {
  lines.heads = Array.from({ length: lines.heads.length * 2 }, () => none);
  const { numbers, heads } = lines;
  for (let at = 0; at < numbers.length; at += width) {
    const head = headOf(lines, numbers[at + event + 2]!);
    numbers[at + next] = heads[head]!;
    heads[head] = at;
  }
}

/** Takes a line off. @returns it as it was; undefined when it is not here */
export function removePacked(lines: PackedLines, eventId: string, id: string): AskedLine | undefined {
  const { numbers } = lines;
  const at = find(lines, eventId, line, numbersOf(id, anId));
  if (at === none) return undefined;
  const removed = unpacked(numbers, at);
  relink(lines, at, numbers[at + next]!);
  // The last one takes its place, so that there is no gap.
  const end = numbers.length - width;
  if (end !== at) {
    relink(lines, end, at);
    numbers.copyWithin(at, end);
  }
  numbers.length = end;
  return removed;
}

/** Whatever leads to the line at `old` leads to `other`. */
function relink(lines: PackedLines, old: number, other: number): void {
  const { numbers, heads } = lines;
  const head = headOf(lines, numbers[old + event + 2]!);
  if (heads[head] === old) { heads[head] = other; return; }
  let before = heads[head]!;
  while (numbers[before + next] !== old) before = numbers[before + next]!;
  numbers[before + next] = other;
}

/** Where a line of the event stands whose id at `part` is the one given. */
function find(lines: PackedLines, eventId: string, part: number, id: readonly number[]): number {
  const { numbers, heads } = lines;
  const ofEvent = numbersOf(eventId, anEvent);
  let at = heads[headOf(lines, ofEvent[2])]!;
  while (at !== none && !(same(numbers, at + part, id) && same(numbers, at + event, ofEvent))) at = numbers[at + next]!;
  return at;
}

export const hasPacked = (lines: PackedLines, eventId: string, id: string): boolean => find(lines, eventId, line, numbersOf(id, anId)) !== none;
/** Is a line of this reservation among them? */
export const hasPackedOf = (lines: PackedLines, eventId: string, reservationId: string): boolean =>
  find(lines, eventId, reservation, numbersOf(reservationId, aReservation)) !== none;

/** The event's lines that are asked for some of a period. Putting one into words costs as much as looking at a hundred, and of thousands few are at one time. */
export function packedOf(lines: PackedLines, eventId: string, begins = -Infinity, ends = Infinity): AskedLine[] {
  const { numbers, heads } = lines;
  const found: AskedLine[] = [];
  const ofEvent = numbersOf(eventId, anEvent);
  for (let at = heads[headOf(lines, ofEvent[2])]!; at !== none; at = numbers[at + next]!) {
    if (numbers[at + askedFrom]! < ends && numbers[at + askedTo]! > begins && same(numbers, at + event, ofEvent)) found.push(unpacked(numbers, at));
  }
  return found;
}

/** Lines whose blocked period overlaps this one. */
export function packedWithin({ numbers }: PackedLines, begins: number, ends: number): AskedLine[] {
  const found: AskedLine[] = [];
  for (let at = 0; at < numbers.length; at += width) if (numbers[at + from]! < ends && numbers[at + to]! > begins) found.push(unpacked(numbers, at));
  return found;
}

/** The first instant after `now` at which one of them ends as it was asked; Infinity when none does. */
export function packedEnd({ numbers }: PackedLines, now: number): number {
  let soonest = Infinity;
  for (let at = askedTo; at < numbers.length; at += width) if (numbers[at]! > now && numbers[at]! < soonest) soonest = numbers[at]!;
  return soonest;
}

const unpacked = (numbers: readonly number[], at: number): AskedLine => ({
  id: text(numbers, at + line), reservationId: text(numbers, at + reservation), eventId: text(numbers, at + event), status: 'reserved', quantity: numbers[at + quantity]!,
  delivered: 0, returned: 0, missing: 0, from: numbers[at + from]!, to: numbers[at + to]!, askedFrom: numbers[at + askedFrom]!, askedTo: numbers[at + askedTo]!, outSince: null,
});
