import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, Client } from './client.ts';
import { expected, Unexpected } from './client.ts';
import { eventDates } from './dates.ts';
import type { Availability, PlannedEvent, Refused, Reservation } from './shapes.ts';

/** A quantity of one equipment that an event asks for. */
export interface Wish {
  equipmentId: string;
  quantity: number;
}

/** How long one may wait for a decision or the audit trail to catch up, in milliseconds. */
export const patienceMs = 30_000;

/** Plans an event whose installation is in `firstDay` days; `more` overrides dates or adds fields. */
export const planEvent = async (
  http: Client,
  name: string,
  firstDay: number,
  more: Record<string, unknown> = {},
  quiet = false,
): Promise<PlannedEvent> =>
  expected(await http.post<PlannedEvent>('/api/events', { json: { name, category: 'mixed', ...eventDates(firstDay), ...more }, quiet }), 201);

/** Asks for equipment and waits up to five seconds for the decision: 201 reserved, 409 refused with shortages, 202 not decided yet. */
export const reserve = (http: Client, eventId: string, lines: Wish[], quiet = false): Promise<Answer<Reservation | Refused>> =>
  http.post<Reservation | Refused>(`/api/events/${eventId}/reservations`, { json: { lines }, headers: { prefer: 'wait=5' }, quiet });

/** The reservation of an answer that must be 201. */
export const reserved = (answer: Answer<Reservation | Refused>): Reservation => expected(answer, 201) as Reservation;

/** The problem of an answer that must be 409 `reservation.unavailable`. */
export const refused = (answer: Answer<Reservation | Refused>): Refused => {
  const problem = expected(answer, 409) as Refused;
  if (problem.code !== 'reservation.unavailable')
    throw new Unexpected(`reservation.unavailable ≠ ${problem.code}\n${JSON.stringify(problem, null, 2)}`);
  return problem;
};

/** What is free of each wish during all of a period. */
export const available = async (http: Client, from: string, to: string, lines: Wish[]): Promise<Availability['lines']> =>
  expected(await http.post<Availability>('/api/availability/query', { json: { from, to, lines } }), 200).lines;

/** Reads again until `isSo` holds, since a fact told now arrives elsewhere a moment later. Gives up after `patienceMs`. */
export const until = async <Value>(read: () => Promise<Value>, isSo: (value: Value) => boolean, what: string): Promise<Value> => {
  const end = performance.now() + patienceMs;
  for (;;) {
    const value = await read();
    if (isSo(value)) return value;
    if (performance.now() > end) throw new Unexpected(`${what}\n${JSON.stringify(value, null, 2)}`);
    await pause(100);
  }
};

/** Runs `work` on every item, at most `width` at a time, and answers in the items' order. */
export const inTurns = async <Item, Result>(items: Item[], width: number, work: (item: Item) => Promise<Result>): Promise<Result[]> => {
  const results: Result[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [at, item] of queue) results[at] = await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
};
