/** The service on real servers, and inventory played by the test: it hears orders and tells facts, with the rights inventory has. */
import { closeBus, connectBus, consume, hearNotices, openPublisher, schemaOf, typeOf, type Bus, type Heard, type Notices } from '@regie/bus';
import {
  customers, events, factSubject, inventory, reservationFacts, type Caller,
  type Decided, type Fact, type Operation, type OrderOf, type Reservation, type settle,
} from '@regie/contracts';
import { startService, stopApp, type App } from '@regie/runtime';
import { uuid7 } from '@regie/store';
import { aCaller, askAs, eventually, freePort, freshDatabase, freshNats, type AskOver, type FreshDatabase, type FreshNats } from '@regie/testing';
import { migrations } from '../src/database.ts';
import { parts } from '../src/events.ts';

export type Order = Heard<OrderOf<typeof settle>>;
type Desired = Order['data']['reservations'][number];
export const ops = events.operations;
export const facts = reservationFacts;
export { customers };

export interface World {
  readonly db: FreshDatabase;
  readonly nats: FreshNats;
  readonly gateway: Bus;
  readonly notices: Notices;
  /** Orders inventory has heard, oldest first. */
  readonly orders: Order[];
  ask(operation: Operation, sent?: AskOver, caller?: Caller): ReturnType<typeof askAs<any>>;
  /** The order of a settlement, as soon as it was heard. */
  orderOf(settles: string | undefined): Promise<Order>;
  /** Tells a fact of a reservation, in the order of the calls. */
  tell(fact: Fact, companyId: string, sequence: number, data: Reservation | Decided, id?: string): Promise<void>;
  /** Stops the service; inventory goes on. */
  stopService(): Promise<void>;
  startService(): Promise<void>;
  /** A second process beside it, stopped at the end. */
  startReplica(): Promise<void>;
  environment(): Promise<Record<string, string>>;
  end(): Promise<void>;
}

/** @param reactions and operations: the shipped ones, or others in their place */
export async function openWorld(reactions: (typeof parts)['reactions'] = parts.reactions, operations: (typeof parts)['operations'] = parts.operations): Promise<World> {
  const [db, nats] = await Promise.all([freshDatabase('events', migrations), freshNats()]);
  const environment = async () => ({ NATS_URL: nats.url('events'), DATABASE_URL: db.url, HEALTH_PORT: String(await freePort()), LOG_LEVEL: 'error' });
  let app: App | undefined;
  const replicas: App[] = [];
  const start = async () => { app = await startService({ ...parts, reactions, operations }, await environment()); };
  const stop = async () => { if (app) await stopApp(app); app = undefined; };
  await start();
  const [gateway, bus] = await Promise.all([connectBus(nats.url('gateway')), connectBus(nats.url('inventory'))]);
  const notices = hearNotices(gateway);
  const orders: Order[] = [];
  const hearing = consume(bus, inventory.listeners.settle, {
    handle: (messages) => { orders.push(...(messages as Order[])); return Promise.resolve(); }, quarantine: () => Promise.resolve(), isOutage: () => true, onError: () => undefined,
  });
  const publisher = openPublisher(bus);
  // A publisher takes one window at a time.
  let telling = Promise.resolve();
  return {
    db, nats, gateway, notices, orders, environment, startService: start, stopService: stop,
    startReplica: async () => { replicas.push(await startService({ ...parts, reactions, operations }, await environment())); },
    ask: (operation, sent, caller = aCaller()) => askAs(gateway, caller, operation, sent),
    orderOf: async (settles) => (await eventually(() => orders.find(({ id }) => id === settles), (order) => order !== undefined))!,
    tell: (fact, companyid, sequence, data, id = uuid7()) => (telling = telling.then(() => publisher.publish([{
      id, subject: factSubject(fact, companyid),
      message: JSON.stringify({
        specversion: '1.0', id, source: '/inventory', type: typeOf(fact), subject: data.id,
        time: new Date().toISOString(), datacontenttype: 'application/json', dataschema: schemaOf(fact), companyid,
        sequence: String(sequence), data: { ...data, changes: {} },
      }),
    }]))),
    async end() {
      await hearing.stop();
      publisher.close();
      notices.close();
      await stop();
      for (const replica of replicas) await stopApp(replica);
      await Promise.all([closeBus(gateway), closeBus(bus)]);
      await Promise.all([db.drop(), nats.drop()]);
    },
  };
}

const at = '2026-05-01T10:00:00.000Z';
const figures = { delivered: 0, returned: 0, damaged: 0, missing: 0, late: false, atRisk: false };

/** A reservation as inventory has it after accepting what was asked. */
export const reserved = ({ data: { eventId } }: Order, { id, lines, requestedBy }: Desired, over: Partial<Reservation> = {}): Reservation => ({
  id, eventId, status: lines.length === 0 ? 'cancelled' : 'reserved', lines: lines.map((line) => ({ ...line, ...figures, status: 'reserved' as const })),
  shortages: [], requestedBy, decidedAt: at, createdAt: at, updatedAt: at, ...over,
});

/** The same with its decision. */
export const decided = (order: Order, desired: Desired, outcome: Decided['outcome'], over: Partial<Decided> = {}): Decided =>
  ({ ...reserved(order, desired), revision: desired.revision, outcome, settlementId: order.data.settlementId, unknownEquipmentIds: [], duplicateEquipmentIds: [], ...over });

export const shortageOf = (equipmentId: string, requested = 5, available = 2): Reservation['shortages'][number] => ({
  equipmentId, requested, available, nextFreeAt: null, alternatives: [],
  reasons: [{ kind: 'reserved', eventId: uuid7(), eventName: 'Festival d’à côté', from: at, to: '2026-06-03T10:00:00.000Z', quantity: requested - available }],
});

const inDays = (days: number, hours = 0): string => new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000 + (days * 24 + hours) * 3_600_000).toISOString();
/** Dates of an event `days` from today: installation at 06:00, dismantling at noon of the next day. */
export const datesIn = (days: number) => ({ installationAt: inDays(days, 6), startAt: inDays(days, 18), endAt: inDays(days + 1, 2), dismantlingAt: inDays(days + 1, 12) });
export const anEvent = (over: object = {}) => ({ name: 'Concert d’été', category: 'sound', ...datesIn(30), timeZone: 'Europe/Paris', ...over });
