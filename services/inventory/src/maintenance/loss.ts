/** Losses: pieces that did not come back. They lower what is free until they are found, and the total once they are written off. */
import { instantText, refuse, type Loss, type Refusal, type Static } from '@regie/contracts';

export type LossView = Static<typeof Loss>;

/** Instants in milliseconds since 1970. */
export interface Missed {
  readonly id: string;
  readonly version: number;
  readonly equipmentId: string;
  readonly reservationId: string;
  readonly lineId: string;
  readonly quantity: number;
  readonly status: LossView['status'];
  readonly note: string | null;
  readonly lostAt: number;
  readonly settledAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A loss as it is shown and told. */
export const lossView = ({ id, createdAt, updatedAt, equipmentId, reservationId, lineId, quantity, status, note, settledAt }: Missed): LossView => ({
  id, createdAt: instantText(createdAt), updatedAt: instantText(updatedAt), equipmentId, reservationId, lineId, quantity, status, note,
  settledAt: settledAt === null ? null : instantText(settledAt),
});

/** Found or given up, once. */
export const settled = (loss: Missed, status: 'found' | 'written_off', now: number): Missed | Refusal<'loss.state'> =>
  (loss.status === 'open' ? { ...loss, status, settledAt: now } : refuse('loss.state', { en: 'It is settled already.', fr: 'Elle est déjà réglée.' }));
