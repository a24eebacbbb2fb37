/** Completes refusals with what would succeed, as things stand after the whole batch, whose lines are written already. */
import type { Shortage } from '@regie/contracts';
import type { Tx } from '@regie/store';
import { takingIn } from '../availability/availability.store.ts';
import type { Window } from '../availability/windows.ts';
import { explain, questionsOf, windowsOf, type Question } from './explanation.ts';
import { promisedLines } from './reservation.store.ts';
import type { Decision, ShortLine } from './settlement.ts';
import { candidatesFor, nameReasons, type LockedWorld } from './settlement.store.ts';
import { openShelf, useWithout, type Shelf } from './shelf.ts';
import { wholeShelves } from './whole.store.ts';
import { hasAlready, promisedTo } from './world.ts';

/** @returns each line that does not fit with why, when it would be free, and what else would do */
export async function explainRefusals(tx: Tx, world: LockedWorld, decisions: readonly Decision[]): Promise<ReadonlyMap<ShortLine, Shortage>> {
  const questions = questionsOf(decisions, (equipmentId) => world.shelf(equipmentId)!.stock);
  if (questions.length === 0) return new Map();
  const wishOf = ({ order: { companyId }, short: { line }, stock }: Question) =>
    ({ key: `${companyId} ${stock.category} ${stock.subcategory ?? ''}`, stock, quantity: line.quantity });
  const wishes = [...Map.groupBy(questions.map(wishOf), ({ key }) => key)].map(([key, same]) =>
    ({ key, stock: same[0]!.stock, quantity: Math.min(...same.map(({ quantity }) => quantity)) }));
  const found = await candidatesFor(tx, wishes);
  const candidates = new Map(wishes.map(({ key }, place) => [key, found[place]!]));
  const candidatesOf = (question: Question) => candidates.get(wishOf(question).key)!;
  const stock = new Map(found.flat().concat(questions.map((question) => question.stock)).map((one) => [one.id, one]));

  const shelves = await shelvesFor(tx, world, questions.flatMap((question) => windowsOf(question, candidatesOf(question))), (id) => stock.get(id)!,
    questions.map(({ order }) => order));
  // What a line of this batch was promised is on the shelves already, and in what was read behind the write.
  const after = { ...world, shelf: (id: string) => shelves.get(id) ?? world.shelf(id) };
  const none = new Set<string>();
  return explain(questions, {
    now: world.now, candidates: candidatesOf, eventNames: await nameReasons(tx, world.eventNames, decisions, world.companyIds),
    use: (equipmentId) => shelves.get(equipmentId)!.use,
    useWithout: (equipmentId, eventId, own) => useWithout(shelves.get(equipmentId)!, eventId, own, world.now),
    hasAlready: (eventId, equipmentId, from, to) => hasAlready(after, eventId, equipmentId, from, to, none),
    promised: (eventId, equipmentId) => promisedTo(after, eventId, equipmentId),
  });
}

/** A shelf for each equipment, over the windows asked for: those known whole, and the others as they are read now. */
async function shelvesFor(
  tx: Tx, world: LockedWorld, windows: readonly Window[], stockOf: (id: string) => Shelf['stock'], events: Parameters<typeof promisedLines>[1],
): Promise<ReadonlyMap<string, Shelf>> {
  const shelves = new Map<string, Shelf>();
  const asked = Map.groupBy(windows, ({ equipmentId }) => equipmentId);
  const known = await wholeShelves(tx, world, asked, stockOf);
  for (const [id, shelf] of known) shelves.set(id, shelf);
  const missing = windows.filter(({ equipmentId }) => !shelves.has(equipmentId));
  if (missing.length === 0) return shelves;
  const [taking, promises] = await Promise.all([takingIn(tx, missing, world.now), promisedLines(tx, events)]);
  const promised = Map.groupBy(promises, ({ equipmentId }) => equipmentId);
  for (const [id, { lines, outOfService }] of taking) shelves.set(id, openShelf(stockOf(id), lines, outOfService, world.now, promised.get(id)));
  return shelves;
}
