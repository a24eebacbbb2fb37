/** Tests for the shipped reaction and for broken variants of it, which must fail them. */
import { expect } from '@jest/globals';
import { atOnce, eventually } from '@regie/testing';
import { planner } from './planner.ts';
import { datesIn, decided, facts, ops, reserved, type World } from './world.ts';

/** Pieces were handed out, and only then the decision itself is heard: the hand-out must not be forgotten. */
export async function theNewestSequenceWins(world: World): Promise<void> {
  const ana = planner(world);
  const event = await ana.event();
  const asked = await ana.request(event.id);
  const order = await world.orderOf(asked.settles);
  const [desired] = order.data.reservations;
  const state = reserved(order, desired!);
  await world.tell(facts.reservationDelivered, ana.companyId, 2,
    { ...state, status: 'delivered', lines: state.lines.map((line) => ({ ...line, status: 'delivered', delivered: 5 })) });
  // Not in one batch: of that the newest is taken before anything is written.
  await eventually(() => ana.read(event.id, asked.body.id), ({ lines }) => lines[0].delivered === 5);
  await world.tell(facts.reservationReserved, ana.companyId, 1, decided(order, desired!, 'accepted'));
  // The older fact still decides the request; it only does not show.
  expect(await ana.notice(asked.settles)).toMatchObject({ status: 201 });
  expect(await ana.read(event.id, asked.body.id)).toMatchObject({ status: 'delivered', lines: [{ status: 'delivered', delivered: 5 }] });
}

/** New dates of twenty reservations, their decisions heard by two processes: who hears the last ones ends it, once. */
export async function partsOfOneDecisionEndItTogether(world: World): Promise<void> {
  await world.startReplica();
  const ana = planner(world);
  const event = await ana.event();
  const asked = await atOnce(20, () => ana.request(event.id));
  await Promise.all(asked.map(async ({ settles }) => { await ana.accept(settles, 1); await ana.notice(settles); }));
  const rounds = 8;
  for (let round = 0; round < rounds; round++) {
    const dates = datesIn(60 + 10 * round);
    const moved = await ana.ask(ops.patchEvent, { params: { id: event.id }, body: dates });
    expect((await ana.accept(moved.settles, round + 2)).data.reservations).toHaveLength(20);
    expect(await ana.notice(moved.settles)).toMatchObject({ status: 200, body: dates });
  }
  const told = await world.db.query<{ sequence: number }>('select sequence from outbox where aggregate_id = $1 order by position', [event.id]);
  expect(told.map(({ sequence }) => sequence)).toEqual(Array.from({ length: rounds + 1 }, (_, n) => n + 1));
}
