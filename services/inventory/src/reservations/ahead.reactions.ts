/** Decides a batch from what is known, before its transaction begins. */
import { instantOf } from '@regie/contracts';
import { atOnce, uuid7, type Database, type Trip } from '@regie/store';
import { changesOf } from './changes.ts';
import { addNewDecisions } from './decision.store.ts';
import { endsToo, shelfFor, type Company, type Known, type WholeShelf } from './known.ts';
import { compareAndRaise, placesOf } from './partition.store.ts';
import { decide, type Decision, type DesiredState } from './settlement.ts';
import { holds } from './shelf.ts';
import { tellDecisions, type GivenOrder } from './telling.reactions.ts';
import { openWorld, removeLine, type World } from './world.ts';

/** A batch that is decided and not written. */
export interface Plan {
  readonly decisions: Decision<GivenOrder>[];
  /** What it counts on. */
  readonly companies: readonly Company[];
  /**
   * Writes it, if nobody else was there. Sent behind the plan it was made on top of, it comes to nothing with that one where they share a company.
   * When the connection broke, nobody knows.
   */
  readonly trip: Trip;
}

/** Does what it counts on still hold, as far as this process knows? */
export const isCurrent = ({ companies }: Plan): boolean => !companies.some(({ broken }) => broken);

/**
 * Only what touches nothing that exists: reservations asked for the first time, all of which are granted, of equipment that is known, not beginning now.
 * @param now of the database's clock, or a little before it
 * @returns undefined when it has to be decided under the lock
 */
export function planAhead(db: Database, known: Known, orders: readonly GivenOrder[], now: Date, traceparent: string | undefined): Plan | undefined {
  const at = now.getTime();
  const companies = new Map<string, Company>();
  const stocked = new Map<string, Stocked>();
  for (const order of orders) {
    const company = companies.get(order.companyId) ?? known.see(order.companyId);
    if (!company) return undefined;
    companies.set(order.companyId, company);
    for (const desired of order.reservations) if (!isKnown(desired, order.eventId, company, stocked, at)) return undefined;
  }
  const versions = new Map([...companies].map(([id, { version }]) => [id, version + 1]));
  const world = openWorld({
    now: at, shelf: (id) => stocked.get(id)?.shelf, place: placesOf(versions), eventNames: new Map(orders.map(({ eventId, eventName }) => [eventId, eventName])),
  });
  const decisions = orders.flatMap((order) => decide(world, order));
  if (decisions.length === 0 || decisions.some(({ outcome, shortLines }) => outcome !== 'accepted' || shortLines.length > 0)) {
    takeBack(world, decisions);
    return undefined;
  }
  const written = changesOf(decisions);
  const trip = atOnce(db, [...companies.keys()], { actorId: null, traceparent, now });
  const by = uuid7();
  compareAndRaise(trip, companies.values(), by);
  addNewDecisions(trip, decisions, written);
  tellDecisions(trip, decisions, new Map());
  for (const line of written.saved) endsToo(stocked.get(line.equipmentId)!.shelf, line, at);
  const added = Map.groupBy(written.saved, ({ equipmentId }) => stocked.get(equipmentId)!.company);
  for (const company of companies.values()) {
    company.version++;
    company.raisedBy = by;
    company.alone++;
    known.put(company, added.get(company)?.length ?? 0);
  }
  return { decisions, companies: [...companies.values()], trip };
}

/** An equipment that a batch asks for: found once, since it is looked at ten times. */
interface Stocked { readonly company: Company; readonly shelf: WholeShelf }

/** Asked for the first time, as far as the shelves tell, and all of its equipment on one that knows the whole period. */
function isKnown({ id, revision, lines }: DesiredState, eventId: string, company: Company, stocked: Map<string, Stocked>, now: number): boolean {
  return revision === 1 && lines.length > 0 && lines.every(({ equipmentId, from, to }) => {
    const shelf = company.shelves.get(equipmentId);
    // Heard again: taken back, it would be gone though it was promised.
    if (!shelf || holds(shelf, eventId, id)) return false;
    const { stock } = shelf;
    const [begins, ends] = [instantOf(from) - stock.prepMs, instantOf(to) + stock.turnaroundMs];
    // What is touched now changes the equipment's status, which has a history.
    if ((begins <= now && now < ends) || shelfFor(company, equipmentId, begins, now) === undefined) return false;
    stocked.set(equipmentId, { company, shelf });
    return true;
  });
}

const takeBack = (world: World, decisions: readonly Decision[]): void => {
  for (const { outcome, after } of decisions) if (outcome === 'accepted') for (const line of after.lines) removeLine(world, line);
};
