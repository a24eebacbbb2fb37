/** Somebody who plans, for the test's sentences: asks, and has inventory decide. */
import { uuid7 } from '@regie/store';
import { aCaller, type CallerOver } from '@regie/testing';
import { anEvent, decided, facts, ops, type World } from './world.ts';

export interface Line { readonly id?: string; readonly equipmentId?: string; readonly quantity: number; readonly from?: string; readonly to?: string }

export function planner(world: World, over: CallerOver = {}) {
  const caller = aCaller(over);
  const companyId = caller.companyId!;
  const ask = (operation: Parameters<World['ask']>[0], sent: Parameters<World['ask']>[1] = {}) => world.ask(operation, sent, caller);
  const lines = (...all: Line[]) => ({ lines: all });
  const self = {
    caller, companyId, ask,
    event: async (body: object = {}) => (await ask(ops.createEvent, { body: anEvent(body) })).body,
    request: (eventId: string, ...all: Line[]) =>
      ask(ops.requestReservation, { params: { id: eventId }, body: lines(...(all.length > 0 ? all : [{ equipmentId: uuid7(), quantity: 5 }])) }),
    change: (eventId: string, rid: string, ...all: Line[]) => ask(ops.changeRequest, { params: { id: eventId, rid }, body: lines(...all) }),
    cancel: (eventId: string, rid: string) => ask(ops.cancelRequest, { params: { id: eventId, rid } }),
    read: async (eventId: string, rid: string) => (await ask(ops.getRequest, { params: { id: eventId, rid } })).body,
    readEvent: async (id: string) => (await ask(ops.getEvent, { params: { id } })).body,
    outcome: (settlementId: string | undefined) => ask(ops.settlementOutcome, { params: { settlementId } }),
    /** What the gateway's waiting request is answered. */
    notice: async (settles: string | undefined) => {
      const answer = await world.notices.wait(settles!, 8_000);
      if (!answer) throw new Error('no notice came');
      const text = Buffer.from(answer.body).toString();
      return { ...answer, body: (text === '' ? null : JSON.parse(text)) as any };
    },
    /** Inventory accepts everything of a settlement. @param sequence of the fact; one for each of its reservations */
    accept: async (settles: string | undefined, sequence: number) => {
      const order = await world.orderOf(settles);
      for (const desired of order.data.reservations) {
        await world.tell(desired.lines.length === 0 ? facts.reservationCancelled : facts.reservationReserved, companyId, sequence, decided(order, desired, 'accepted'));
      }
      return order;
    },
    /** An event with one accepted reservation of 5 pieces. */
    reserved: async (body: object = {}, ...all: Line[]) => {
      const event = await self.event(body);
      const asked = await self.request(event.id, ...all);
      const order = await self.accept(asked.settles, 1);
      await self.notice(asked.settles);
      return { event, order, rid: asked.body.id as string, line: asked.body.lines[0] as { id: string; equipmentId: string; from: string; to: string } };
    },
  };
  return self;
}
