/** Inventory on real servers, with somebody who orders as the service events does. */
import { closeBus, connectBus, openPublisher, schemaOf, typeOf, type Bus, type Envelope, type Publisher } from '@regie/bus';
import { commandSubject, inventory, type Caller, type Decided, type OrderOf, type Operation } from '@regie/contracts';
import { startService, stopApp, type App, type ServiceParts } from '@regie/runtime';
import { uuid7 } from '@regie/store';
import { aCaller, askAs, eventually, freePort, freshDatabase, freshNats, type AskOver, type FreshDatabase, type FreshNats } from '@regie/testing';
import { migrations } from '../src/database.ts';
import { parts } from '../src/inventory.ts';

export type SettleData = OrderOf<typeof inventory.commands.settle>;
export type Desired = SettleData['reservations'][number];
export type Parts = ServiceParts<typeof inventory>;

/** An order as it will be published; giving it twice is publishing it twice. */
export interface Given { readonly id: string; readonly subject: string; readonly message: string; readonly data: SettleData }

export interface Stage {
  readonly db: FreshDatabase;
  readonly nats: FreshNats;
  readonly planner: Caller;
  readonly companyId: string;
  /** Another process's worth of the service, on the same servers. */
  start(over?: Partial<Parts>): Promise<App>;
  stop(apps: readonly App[]): Promise<void>;
  environment(): Promise<Record<string, string>>;
  ask<Body = any>(operation: Operation, over?: AskOver, caller?: Caller): ReturnType<typeof askAs<Body>>;
  equipment(total: number, over?: Readonly<Record<string, unknown>>): Promise<string>;
  order(reservations: readonly Partial<Desired>[], over?: Partial<SettleData> & { companyId?: string }): Given;
  publish(orders: readonly Given[]): Promise<void>;
  /** Waits until each order is decided. @returns the facts of these orders, in the order they were told */
  decided(orders: readonly Given[], timeout?: number): Promise<DecidedFact[]>;
  /** Orders, waits, and answers the fact of the order's one reservation. */
  settle(reservation: Partial<Desired>, over?: Partial<SettleData>): Promise<DecidedFact>;
  facts(reservationId: string): Promise<(Envelope<any> & { sequence: string })[]>;
  drop(): Promise<void>;
}
export type DecidedFact = Decided & { readonly fact: string; readonly version: number };

const hour = 3_600_000;
/** An instant so many hours after the start of a day next year: nothing becomes late while a test runs. */
export const at = (hours: number): string => new Date(Date.UTC(new Date().getUTCFullYear() + 1, 5, 1) + hours * hour).toISOString();
/** An instant so many hours from now. */
export const fromNow = (hours: number): string => new Date(Date.now() + hours * hour).toISOString();

export async function openStage(): Promise<Stage> {
  const [db, nats] = await Promise.all([freshDatabase('inventory', migrations), freshNats()]);
  const planner = aCaller();
  const companyId = planner.companyId!;
  const gateway: Bus = await connectBus(nats.url('gateway'));
  const events: Bus = await connectBus(nats.url('events'));
  const publisher: Publisher = openPublisher(events);
  const apps: App[] = [];
  let references = 0;

  const environment = async () => ({ NATS_URL: nats.url('inventory'), DATABASE_URL: db.url, HEALTH_PORT: String(await freePort()), LOG_LEVEL: 'error' });
  const factsOf = async (where: string, value: unknown): Promise<(Envelope<any> & { sequence: string })[]> =>
    (await db.query<{ message: string }>(`select message from outbox where ${where} order by position`, [value]))
      .map(({ message }) => JSON.parse(message) as Envelope<any> & { sequence: string });

  const stage: Stage = {
    db, nats, planner, companyId, environment,
    async start(over = {}) {
      const app = await startService({ ...parts, ...over }, await environment());
      apps.push(app);
      return app;
    },
    async stop(stopping) {
      for (const app of stopping) apps.splice(apps.indexOf(app), 1);
      await Promise.all(stopping.map((app) => stopApp(app)));
    },
    ask: (operation, over, caller = planner) => askAs(gateway, caller, operation, over),
    async equipment(total, over = {}) {
      const row = {
        id: uuid7(), company_id: companyId, version: 1, reference: `EQ-SON-${String(++references).padStart(3, '0')}`,
        name: 'd&b J8', category: 'sound', tracking: 'bulk', quantity_total: total, ...over,
      };
      const names = Object.keys(row);
      await db.query(`insert into equipment (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`, Object.values(row));
      return row.id;
    },
    order(reservations, { companyId: company = companyId, ...over } = {}) {
      const data: SettleData = {
        settlementId: uuid7(), eventId: uuid7(), eventName: 'Fête de la musique', ...over,
        reservations: reservations.map((one) => ({ id: uuid7(), revision: 1, allowPartial: false, requestedBy: planner.id, lines: [], ...one })),
      };
      const id = uuid7();
      const envelope: Envelope = {
        specversion: '1.0', id, source: '/events', type: typeOf(inventory.commands.settle),
        subject: data.reservations[0]!.id, time: new Date().toISOString(), datacontenttype: 'application/json',
        dataschema: schemaOf(inventory.commands.settle), companyid: company, actorid: planner.id!, data,
      };
      return { id, subject: commandSubject(inventory.commands.settle, company), message: JSON.stringify(envelope), data };
    },
    publish: (orders) => publisher.publish(orders),
    async decided(orders, timeout = 20_000) {
      const settlements = orders.map(({ data }) => data.settlementId);
      await eventually(
        () => db.query<{ settlement_id: string }>('select distinct settlement_id from decision where settlement_id = any($1::uuid[])', [settlements]),
        (rows) => rows.length === new Set(settlements).size, timeout);
      const told = await factsOf(`aggregate_id in (select reservation_id from decision where settlement_id = any($1::uuid[]))`, settlements);
      return told.filter(({ data }) => settlements.includes(data.settlementId))
        .map(({ type, sequence, data }) => ({ ...(data as Decided), fact: type, version: Number(sequence) }));
    },
    async settle(reservation, over) {
      const order = stage.order([reservation], over);
      await stage.publish([order]);
      return (await stage.decided([order]))[0]!;
    },
    facts: (reservationId) => factsOf('aggregate_id = $1', reservationId),
    async drop() {
      publisher.close();
      await Promise.all([closeBus(gateway), closeBus(events)]);
      await Promise.all(apps.map((app) => stopApp(app)));
      await Promise.all([db.drop(), nats.drop()]);
    },
  };
  return stage;
}

/** A line of an order: so many pieces, for hours after `at(0)`. */
export const aLine = (
  equipmentId: string, quantity: number, from: number | string = 0, to: number | string = 8, over: Partial<Desired['lines'][number]> = {},
): Desired['lines'][number] =>
  ({ id: uuid7(), equipmentId, kitId: null, quantity, from: typeof from === 'string' ? from : at(from), to: typeof to === 'string' ? to : at(to), ...over });
