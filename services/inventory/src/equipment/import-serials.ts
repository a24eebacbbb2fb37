/** Serial numbers of a stock list: which pieces they are. */
import type { Item } from './equipment.ts';
import { wrong, type Wrong } from './import-line.ts';

export interface Piece { readonly id: string; readonly serial: string | null }

export interface Shared {
  /** For the pieces that are added. */
  readonly serials: readonly string[];
  /** For pieces that had none. */
  readonly named: readonly { readonly unitId: string; readonly serial: string }[];
}

/**
 * Serial numbers that are known say nothing; new ones go to pieces that have none, then to pieces that are added.
 * A list that leaves some out takes nothing away.
 * @param added pieces that the line adds
 */
export function sharePieces(tracking: Item['tracking'], pieces: readonly Piece[], added: number, serials: readonly string[]): Shared | Wrong {
  if (serials.length > 0 && tracking === 'bulk') {
    return wrong('serial_numbers', 'It is counted in bulk; its pieces have no serial numbers.', 'Il est compté en quantité ; ses pièces n’ont pas de numéro de série.');
  }
  const known = new Set(pieces.map(({ serial }) => serial));
  const fresh = serials.filter((serial) => !known.has(serial));
  const nameless = pieces.filter(({ serial }) => serial === null);
  if (fresh.length > nameless.length + added) return wrong('serial_numbers', 'There are more new serial numbers than pieces without one.',
    'Il y a plus de nouveaux numéros de série que de pièces qui n’en ont pas.');
  const named = nameless.slice(0, fresh.length).map(({ id: unitId }, index) => ({ unitId, serial: fresh[index]! }));
  return { named, serials: fresh.slice(named.length) };
}
