/** Two hundred requests of three companies at once, and what became of them in a form that two databases have in common. */
import { uuid7 } from '@regie/store';
import { aCaller, type AskOver } from '@regie/testing';
import type { Caller } from '@regie/contracts';
import { anEvent, ops, type World } from './world.ts';

interface Wish {
  /** Wishes of one label compete: which of them comes first is chance. */
  readonly label: string;
  readonly caller: Caller;
  /** Name of the event. */
  readonly event: string;
  readonly body: object;
  readonly key?: string;
}
export interface Cast { readonly callers: readonly Caller[]; readonly wishes: readonly Wish[]; readonly taken: readonly string[] }

/** The same callers, equipment and keys for every world they are sent to. */
export function aCrowd(): Cast {
  const callers = (['en', 'fr', 'en'] as const).map((language) => aCaller({ language }));
  const taken = callers.map(() => uuid7());
  const wishes = callers.flatMap((caller, n): Wish[] => {
    let made = 0;
    const lines = (quantity = 1, more: object = {}, equipmentId = uuid7()) => ({ lines: [{ equipmentId, quantity, ...more }] });
    const wish = (event: string, body: object, key?: string): Wish =>
      ({ label: key === undefined ? `c${n} ${++made}` : `c${n} ${key}`, caller, event, body, ...(key === undefined ? {} : { key }) });
    const many = (count: number, make: (index: number) => readonly Wish[]) => Array.from({ length: count }, (_, index) => make(index)).flat();
    const twice = (one: Wish): readonly Wish[] => [one, one];
    return [
      ...many(24, (index) => [wish(`open ${n}`, { ...lines(2), allowPartial: index % 2 === 0 }, `plain ${index}`)]),
      // The same text as a key means nothing to another company.
      ...many(8, () => [wish(`open ${n}`, lines())]), ...many(6, (index) => twice(wish(`open ${n}`, lines(3), `again ${index}`))),
      ...many(4, (index) => { const equipmentId = uuid7(); return [1, 2].map((quantity) => wish(`open ${n}`, lines(quantity, {}, equipmentId), `other ${index}`)); }),
      ...many(2, (index) => twice(wish(`closed ${n}`, lines(), `closed ${index}`))), ...many(2, (index) => twice(wish(`open ${n}`, lines(1, {}, taken[n]), `taken ${index}`))),
      ...many(2, (index) => twice(wish(`open ${(n + 1) % 3}`, lines(), `foreign ${index}`))), wish('nowhere', lines()),
      ...many(1, (index) => twice(wish(`open ${n}`, lines(1, { from: '2030-01-02T00:00:00Z', to: '2030-01-01T00:00:00Z' }), `wrong ${index}`))),
    ];
  });
  return { callers, taken, wishes };
}

type Answer = Awaited<ReturnType<World['ask']>>;
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const sorted = (all: readonly unknown[]): string[] => all.map((one) => JSON.stringify(one)).toSorted();

/** Sends them all at once. @returns the answers by their label, and the rows and orders they left: with ids that are made by a service left out, and clocks */
export async function sendCrowd(world: World, { callers, taken, wishes }: Cast) {
  const ids = new Map([['nowhere', uuid7()]]);
  for (const [n, caller] of callers.entries()) {
    for (const name of [`open ${n}`, `closed ${n}`]) ids.set(name, (await world.ask(ops.createEvent, { body: anEvent({ name }) }, caller)).body.id);
    await world.ask(ops.cancelEvent, { params: { id: ids.get(`closed ${n}`) }, body: {} }, caller);
    await world.ask(ops.requestReservation, { params: { id: ids.get(`open ${n}`) }, body: { lines: [{ equipmentId: taken[n], quantity: 1 }] } }, caller);
  }
  const known = new Set([...callers.flatMap(({ id, companyId }) => [id!, companyId!]), ...JSON.stringify(wishes.map(({ body }) => body)).match(uuid)!]);
  const names = new Map([...ids].map(([name, id]) => [id, name]));
  const common = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll(uuid, (id) => names.get(id) ?? (known.has(id) ? id : '<id>'))
    .replaceAll(/"(createdAt|updatedAt|time)":"[^"]*"/g, '"$1":"<now>"').replaceAll(/"traceparent":"[^"]*"/g, '"traceparent":"<trace>"'));

  const answers = await Promise.all(wishes.map(async (wish): Promise<[Wish, Answer]> => {
    const sent: AskOver = { params: { id: ids.get(wish.event) }, body: wish.body, ...(wish.key === undefined ? {} : { key: wish.key }) };
    return [wish, await world.ask(ops.requestReservation, sent, wish.caller)];
  }));
  const byLabel = Map.groupBy(answers, ([{ label }]) => label);
  // Whichever of two bodies under one key came first: of the other nothing is left.
  const shown = ([{ key }, answer]: [Wish, Answer]): unknown => (key?.startsWith('other') ? { status: answer.status, replayed: answer.replayed } : common(answer));
  const ours = "r.company_id = any($1::uuid[])";
  const companyIds = callers.map(({ companyId }) => companyId);
  return {
    answers: Object.fromEntries([...byLabel].map(([label, same]) => [label, sorted(same.map(shown))])),
    /** Of one label no two ids were made. */
    ids: Object.fromEntries([...byLabel].map(([label, same]) => [label, new Set(same.flatMap(([, { status, body }]) => (status === 202 ? [body.id as string] : []))).size])),
    rows: sorted((await world.db.query(`select r.company_id, r.event_id, r.revision, r.decided, r.requested_by, s.kind, s.language,
      s.asked_by, v.allow_partial, l.equipment_id, l.position, l.from_at, l.to_at, l.moves, l.kit_id, s.company_id = r.company_id
      and v.company_id = r.company_id and l.company_id = r.company_id and l.event_id = r.event_id as together
      from request r join request_revision v on v.request_id = r.id join settlement s on s.id = v.settlement_id
        join request_line l on l.request_id = r.id and l.revision = v.revision where ${ours}`, [companyIds])).map(common)),
    kept: sorted((await world.db.query(`select company_id, user_id, operation, key, status, type, etag from idempotency r where ${ours}`, [companyIds]))),
    // Which of two quantities under one key was ordered is chance.
    orders: sorted((await world.db.query<{ message: string }>(`select message from outbox where sequence = 0`)).map(({ message }) => {
      const { subject, data, companyid, actorid, type } = JSON.parse(message) as Record<string, unknown>;
      return common({ subject, data, companyid, actorid, type });
    })).map((order) => order.replaceAll(/"quantity":[12]\b/g, '"quantity":"<few>"')),
    strangers: await world.db.query(`select 1 from request r join event e on e.id = r.event_id where e.company_id <> r.company_id union all
      select 1 from settlement s join event e on e.id = s.event_id where e.company_id <> s.company_id union all select 1 from request_line l
        join event e on e.id = l.event_id where e.company_id <> l.company_id`),
  };
}
