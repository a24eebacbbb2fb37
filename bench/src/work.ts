/** The work that reservation programs are given: the peers' own, so that all are asked the same. */
import { peer } from './surroundings.ts';

export interface Request {
  readonly id: string;
  readonly eventId: string;
  readonly lines: readonly { readonly equipmentId: string; readonly from: Date; readonly to: Date; readonly quantity: number }[];
}

interface Work {
  readonly idsIn: (file: string) => string[];
  readonly requests: (equipmentIds: readonly string[]) => () => Request;
  readonly run: (width: number, seconds: number, one: () => Promise<boolean>) => Promise<void>;
}

export const { idsIn, requests, run } = (await import(peer('reservations/work'))) as Work;
