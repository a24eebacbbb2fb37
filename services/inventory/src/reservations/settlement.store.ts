/** What orders are decided against: read under the companies' locks, or known from before where nobody else was there since. */
import { uuids, type Tx } from '@regie/store';
import { takingIn } from '../availability/availability.store.ts';
import { asStock, stockColumns, stockOf, type StockRow } from '../availability/stock.store.ts';
import type { Stock } from '../availability/stock.ts';
import { outOf } from '../availability/taken.ts';
import type { Window } from '../availability/windows.ts';
import { namesOf } from '../event-names/event-name.store.ts';
import { keepsShelves, shelfFor, wholeShelf, type Company } from './known.ts';
import { lockPartition, placesOf } from './partition.store.ts';
import { promisedLines, reservationsOf } from './reservation.store.ts';
import type { Held, Line } from './reservation.ts';
import type { Decision, Order } from './settlement.ts';
import { openShelf, type Shelf } from './shelf.ts';
import { mostWhole, pastMs, unaskedStock, wholeWindow } from './whole.store.ts';
import { decisionKey, openWorld, type World } from './world.ts';

export interface NamedOrder extends Order { readonly eventName: string }

/** A world with what is known of its companies beyond this batch. */
export interface LockedWorld extends World {
  readonly companyIds: readonly string[];
  readonly versions: ReadonlyMap<string, number>;
  /** Companies whose shelves may be kept after this batch. */
  readonly kept: ReadonlyMap<string, Company>;
}

const decided = {
  name: 'decisions-made',
  text: `select found.* from unnest($2::uuid[]) as a (id) cross join lateral (
    select d.reservation_id, d.revision from decision d where d.reservation_id = a.id and d.company_id in (select unnest($1::uuid[])) offset 0) found`,
};

/** Orders decided before, and the reservations asked about. */
async function readReservations(tx: Tx, orders: readonly NamedOrder[], companyIds: readonly string[]): Promise<{ decided: string[]; reservations: ReadonlyMap<string, Held> }> {
  const ids = [...new Set(orders.flatMap(({ reservations }) => reservations.map(({ id }) => id)))];
  const [before, reservations] = await Promise.all([
    tx.query<{ reservation_id: string; revision: number }>(decided, [uuids(companyIds), uuids(ids)]),
    reservationsOf(tx, ids, companyIds),
  ]);
  return { decided: before.map(({ reservation_id, revision }) => decisionKey(reservation_id, revision)), reservations };
}

/** Stock, and what the events are promised already. */
async function readStock(
  tx: Tx, orders: readonly NamedOrder[], companyIds: readonly string[], equipmentIds: readonly string[],
): Promise<{ stock: ReadonlyMap<string, Stock>; eventLines: readonly Line[] }> {
  const [stock, eventLines] = await Promise.all([stockOf(tx, equipmentIds, companyIds), promisedLines(tx, orders)]);
  return { stock, eventLines };
}

interface Wanted extends Window { readonly lineId: string }

const wantedBy = (orders: readonly NamedOrder[]): Wanted[] => orders.flatMap(({ companyId, reservations }) => reservations.flatMap(({ lines }) =>
  lines.map(({ id, equipmentId, from, to }) => ({ companyId, equipmentId, lineId: id, from: Date.parse(from), to: Date.parse(to) }))));

/** With preparation and turnaround. What is out is taken from now on, however late its period is to begin. */
const blocked = ({ companyId, equipmentId, from, to }: Wanted, { prepMs, turnaroundMs }: Stock, isOut: boolean, now: number): Window =>
  ({ companyId, equipmentId, from: isOut ? Math.min(from - prepMs, now) : from - prepMs, to: to + turnaroundMs });

/**
 * Locks the companies, and reads all that a batch is decided against. What is read stays true until the commit.
 * @param companies what is known of them from before; without it everything is read, for the windows asked for only
 */
export async function lockWorld(tx: Tx, orders: readonly NamedOrder[], companies: ReadonlyMap<string, Company> = new Map()): Promise<LockedWorld> {
  const companyIds = [...new Set(orders.map(({ companyId }) => companyId))];
  const wanted = wantedBy(orders);
  const cold = [...companies.values()].every(({ shelves }) => shelves.size === 0);
  // The connection works in order: what is asked behind the lock, without waiting for it, is read when it is held.
  const [versions, { decided: before, reservations }, all] = await Promise.all([
    lockPartition(tx, companyIds), readReservations(tx, orders, companyIds), cold ? readStock(tx, orders, companyIds, wanted.map(({ equipmentId }) => equipmentId)) : undefined,
  ]);
  const now = tx.now.getTime();
  const kept = new Map([...companies].filter(([id, company]) => keepsShelves(company, versions.get(id)!)));
  const out = new Set([...reservations.values()].flatMap(({ lines }) => lines.filter((line) => outOf(line) > 0).map(({ id }) => id)));

  const missing = Map.groupBy(wanted.filter((one) => !answered(one, companies.get(one.companyId), out.has(one.lineId), now)), ({ equipmentId }) => equipmentId);
  const [{ stock, eventLines }, unasked] = await Promise.all([
    all ?? (missing.size > 0 ? readStock(tx, orders, companyIds, [...missing.keys()]) : { stock: new Map<string, Stock>(), eventLines: [] }),
    missing.size > 0 ? unaskedStock(tx, [...kept.values()], new Set(missing.keys())) : new Map<string, Stock>(),
  ]);
  const whole = new Set<string>(unasked.keys());
  const windows = [...missing.keys()].flatMap((equipmentId): Window[] => {
    const known = stock.get(equipmentId);
    if (!known) return [];
    // Another line of the same batch may reach further back than the shelf: one shelf for all of them.
    const { companyId } = known;
    companies.get(companyId)?.shelves.delete(equipmentId);
    const own = wanted.filter((one) => one.equipmentId === equipmentId && one.companyId === companyId).map((one) => blocked(one, known, out.has(one.lineId), now));
    if (own.length === 0 || !kept.has(companyId) || whole.size === mostWhole || own.some(({ from }) => from < now - pastMs)) return own;
    whole.add(equipmentId);
    return [wholeWindow(companyId, equipmentId, now)];
  });
  for (const { id, companyId } of unasked.values()) windows.push(wholeWindow(companyId, id, now));
  const shelves = new Map<string, Shelf>();
  const promised = Map.groupBy(eventLines, ({ equipmentId }) => equipmentId);
  for (const [equipmentId, { lines, outOfService }] of await takingIn(tx, windows, now)) {
    const own = (stock.get(equipmentId) ?? unasked.get(equipmentId))!;
    const shelf = openShelf(own, lines, outOfService, now, promised.get(equipmentId));
    if (whole.has(equipmentId)) kept.get(own.companyId)!.shelves.set(equipmentId, wholeShelf(shelf, now - pastMs, now));
    else shelves.set(equipmentId, shelf);
  }
  const world = openWorld({
    now, shelf: (id) => shelves.get(id) ?? onShelf(companies, id, now), reservations: reservations.values(), eventLines, decided: before, place: placesOf(versions),
    eventNames: new Map(orders.map(({ eventId, eventName }) => [eventId, eventName])),
  });
  return { ...world, companyIds, versions, kept };
}

/** Is there a shelf that knows the whole window? */
function answered(one: Wanted, company: Company | undefined, isOut: boolean, now: number): boolean {
  const known = company?.shelves.get(one.equipmentId);
  return known !== undefined && shelfFor(company!, one.equipmentId, blocked(one, known.stock, isOut, now).from, now) !== undefined;
}

/** Of whichever company it is: lines that are given up may be of equipment that nobody asks for now. */
function onShelf(companies: ReadonlyMap<string, Company>, equipmentId: string, now: number): Shelf | undefined {
  for (const company of companies.values()) {
    const shelf = shelfFor(company, equipmentId, Infinity, now);
    if (shelf) return shelf;
  }
  return undefined;
}

const candidates = {
  name: 'alternative-candidates',
  text: `select g.place, found.*
    from unnest($1::int[], $2::uuid[], $3::text[], $4::text[], $5::int[]) as g (place, company_id, category, subcategory, quantity) cross join lateral (
    select ${stockColumns} from equipment e where e.company_id = g.company_id and e.category = g.category and e.archived_at is null and e.quantity_total >= g.quantity
    order by (e.subcategory is not distinct from g.subcategory) desc, e.created_at, e.id limit 40) found`,
};

/** Equipment of the same category, of the same subcategory first, with enough pieces at all. @returns one list per wish */
export async function candidatesFor(tx: Tx, wishes: readonly { stock: Stock; quantity: number }[]): Promise<Stock[][]> {
  const rows = await tx.query<StockRow & { place: number }>(candidates, [
    wishes.map((_, place) => place), wishes.map(({ stock }) => stock.companyId), wishes.map(({ stock }) => stock.category),
    wishes.map(({ stock }) => stock.subcategory), wishes.map(({ quantity }) => quantity),
  ]);
  const found = wishes.map((): Stock[] => []);
  for (const row of rows) found[row.place]!.push(asStock(row));
  return found;
}

/** Names of the events that stand in the way, heard of before or named by an order of this batch. */
export async function nameReasons(tx: Tx, known: ReadonlyMap<string, string>, decisions: readonly Decision[], companyIds: readonly string[]): Promise<Map<string, string>> {
  const named = decisions.flatMap(({ shortLines }) => shortLines.flatMap(({ shortage }) => shortage.reasons.map(({ eventId }) => eventId)))
    .filter((id) => id !== null && !known.has(id)) as string[];
  return new Map([...known, ...(await namesOf(tx, named, companyIds))]);
}
