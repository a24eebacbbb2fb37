/** Everybody wants the last pieces at once: the same rush for the service as it is, and for broken variants of it. */
import { aLine, type DecidedFact, type Stage } from './stage.ts';
import { sweep, type OverPromise } from './sweep.ts';

export interface Rush {
  readonly told: readonly DecidedFact[]; readonly reserved: readonly DecidedFact[];
  readonly overPromised: readonly OverPromise[]; readonly equipmentId: string;
}

/** 300 orders for the last 5 pieces, over periods that all overlap, one event each, published in several windows without waiting. */
export async function rush(stage: Stage, orders = 300): Promise<Rush> {
  const equipmentId = await stage.equipment(5);
  const given = Array.from({ length: orders }, (_, index) => stage.order([{ lines: [aLine(equipmentId, 1 + (index % 3), index % 10, 20 + (index % 10))] }]));
  for (let sent = 0; sent < orders; sent += 100) await stage.publish(given.slice(sent, sent + 100));
  const told = await stage.decided(given, 25_000);
  return { told, reserved: told.filter(({ outcome }) => outcome === 'accepted'), overPromised: await sweep(stage.db), equipmentId };
}
