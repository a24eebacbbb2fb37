/** One test, for the shipped mirror and for a broken one: what inventory told first comes last. */
import { expect } from '@jest/globals';
import { eventually } from '@regie/testing';
import { planner } from './planner.ts';
import { decided, facts, reserved, type World } from './world.ts';

/** Pieces were handed out, and only then the decision itself is heard: the hand-out must not be forgotten. */
export async function theNewestSequenceWins(world: World): Promise<void> {
  const ana = planner(world);
  const event = await ana.event();
  const asked = await ana.request(event.id);
  const order = await world.orderOf(asked.settles);
  const [desired] = order.data.reservations;
  const state = reserved(order, desired!);
  await world.tell(facts.reservationDelivered, ana.companyId, 2, { ...state, status: 'delivered', lines: state.lines.map((line) => ({ ...line, status: 'delivered', delivered: 5 })) });
  // Not in one batch: of that the newest is taken before anything is written.
  await eventually(() => ana.read(event.id, asked.body.id), ({ lines }) => lines[0].delivered === 5);
  await world.tell(facts.reservationReserved, ana.companyId, 1, decided(order, desired!, 'accepted'));
  // The older fact still decides the request; it only does not show.
  expect(await ana.notice(asked.settles)).toMatchObject({ status: 201 });
  expect(await ana.read(event.id, asked.body.id)).toMatchObject({ status: 'delivered', lines: [{ status: 'delivered', delivered: 5 }] });
}
