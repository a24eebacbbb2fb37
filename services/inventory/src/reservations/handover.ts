/** Handing out and taking back, by quantity. */
import { notFound, refuse, type Refusal } from '@regie/contracts';
import { outOf } from '../availability/taken.ts';
import { isTaking, lineStatus, type Held, type Line } from './reservation.ts';

export interface Move { readonly lineId: string; readonly quantity: number }
export interface Damaged extends Move { readonly note: string }
export interface Missing extends Move { readonly note?: string | undefined }

const year = 366 * 86_400_000;

/** Paperwork may be done late, up to a year; never ahead. @param at as it was sent; now when nothing was */
export function instantOf(at: string | undefined, now: number): number | Refusal<'period.invalid'> {
  const instant = at === undefined ? now : Date.parse(at);
  if (instant > now) return refuse('period.invalid',
    { en: 'Gear is handed over now or was before, not in the future.', fr: 'Le matériel est remis maintenant ou l’a été, pas dans le futur.' });
  if (instant < now - year) return refuse('period.invalid', { en: 'Paperwork may be back-dated a year at most.', fr: 'La saisie peut être antidatée d’un an au plus.' });
  return instant;
}

const state = (en: string, fr: string): Refusal<'reservation.state'> => refuse('reservation.state', { en, fr });
const said = { en: 'line', fr: 'ligne' };

/** Adds up what was sent twice for one line. Refuses lines that are not of this reservation. */
export function sums<Sent extends Move>(held: Held, moves: readonly Sent[], field: string): Map<string, number> | Refusal<'not-found'> {
  const total = new Map<string, number>();
  for (const [index, { lineId, quantity }] of moves.entries()) {
    if (!held.lines.some(({ id }) => id === lineId)) return notFound(said, `/${field}/${index}/lineId`);
    total.set(lineId, (total.get(lineId) ?? 0) + quantity);
  }
  return total;
}

/** May still be handed out at `at`. */
const leftOf = (line: Line, at: number): number => (isTaking(line) && at < line.askedTo ? line.quantity - line.delivered : 0);

/** What leaves, line by line; nothing sent means all that is left. */
export function leaving(
  held: Held, moves: readonly Move[] | undefined, at: number,
): Map<string, number> | Refusal<'not-found' | 'reservation.state' | 'reservation.more-than-out'> {
  if (moves === undefined) {
    const all = new Map(held.lines.filter((line) => leftOf(line, at) > 0).map((line) => [line.id, leftOf(line, at)]));
    return all.size > 0 ? all : state('Nothing is left to hand out.', 'Il ne reste rien à remettre.');
  }
  const asked = sums(held, moves, 'lines');
  if (!(asked instanceof Map)) return asked;
  for (const line of held.lines) {
    const quantity = asked.get(line.id) ?? 0;
    if (quantity === 0) continue;
    if (!isTaking(line)) return state('This line is not promised any more.', 'Cette ligne n’est plus promise.');
    if (at >= line.askedTo) return state('The period of this line is over: reserve again.', 'La période de cette ligne est terminée : réservez à nouveau.');
    if (quantity > leftOf(line, at)) {
      return refuse('reservation.more-than-out', {
        en: `Only ${leftOf(line, at)} of this line are left to hand out.`, fr: `Il n’en reste que ${leftOf(line, at)} à remettre sur cette ligne.`,
      }, { lineId: line.id, left: leftOf(line, at) });
    }
  }
  return asked;
}

/** Hands pieces out. Those that leave before the blocked period count from `at`. */
export const handOut = (line: Line, quantity: number, at: number, now: number): Line => {
  const after = { ...line, delivered: line.delivered + quantity, outSince: Math.min(line.outSince ?? at, at) };
  return { ...after, status: lineStatus(after, now) };
};

/** The part of time an early hand-over needs besides what was promised; null when it is not early. */
export const earlyWindow = (line: Line, at: number): readonly [from: number, to: number] | null => (at < line.from ? [at, line.from] : null);

export const earlyUnavailable = (short: readonly { lineId: string; equipmentId: string; requested: number; available: number }[]): Refusal<'reservation.early-unavailable'> =>
  refuse('reservation.early-unavailable',
    { en: 'Not free before its period: others have it until then.', fr: 'Pas libre avant sa période : d’autres l’ont jusque-là.' }, { lines: short });

export interface Coming { readonly returned: number; readonly damaged: number; readonly missing: number }

/** What comes back, line by line: `lines` counts it, `damaged` is part of it, `missing` is not. Without `lines`, all that is out and not missing. */
export function coming(held: Held, sent: { lines?: readonly Move[] | undefined; damaged?: readonly Damaged[] | undefined; missing?: readonly Missing[] | undefined }, at: number):
  Map<string, Coming> | Refusal<'not-found' | 'reservation.state' | 'reservation.more-than-out' | 'period.invalid'> {
  const damaged = sums(held, sent.damaged ?? [], 'damaged');
  if (!(damaged instanceof Map)) return damaged;
  const missing = sums(held, sent.missing ?? [], 'missing');
  if (!(missing instanceof Map)) return missing;
  const lines = sent.lines === undefined ? new Map(held.lines.map((line) => [line.id, Math.max(0, outOf(line) - (missing.get(line.id) ?? 0))])) : sums(held, sent.lines, 'lines');
  if (!(lines instanceof Map)) return lines;

  const moves = new Map<string, Coming>();
  for (const line of held.lines) {
    const move = { returned: lines.get(line.id) ?? 0, damaged: damaged.get(line.id) ?? 0, missing: missing.get(line.id) ?? 0 };
    if (move.returned + move.damaged + move.missing === 0) continue;
    const out = outOf(line);
    if (move.returned + move.missing > out || move.damaged > move.returned) {
      return refuse('reservation.more-than-out', { en: `Only ${out} of this line are out.`, fr: `Seules ${out} pièces de cette ligne sont sorties.` }, { lineId: line.id, out });
    }
    if (line.outSince !== null && at < line.outSince) return refuse('period.invalid', { en: 'It cannot come back before it left.', fr: 'Le retour ne peut précéder la sortie.' });
    moves.set(line.id, move);
  }
  return moves.size > 0 ? moves : state('Nothing of it is out.', 'Rien n’est sorti.');
}

/** Takes pieces back. */
export const takeBack = (line: Line, { returned, damaged, missing }: Coming, now: number): Line => {
  const after = { ...line, returned: line.returned + returned, damaged: line.damaged + damaged, missing: line.missing + missing };
  return { ...after, status: lineStatus(after, now) };
};
