/** Lines as they are asked for: new ones, changed ones, moved ones. */
import { notFound, refuse, type InputOf, type Refusal, type Reservation, type requestOperations } from '@regie/contracts';
import { checkPeriod, instant, overlaps, type Period } from '../events/dates.ts';

export interface Line extends Period {
  readonly id: string;
  readonly equipmentId: string;
  readonly kitId: string | null;
  readonly quantity: number;
  /** It has no period of its own: it goes where the event goes. */
  readonly moves: boolean;
}

/** Where and when lines are made: the event's whole period, the transaction's time, and ids for new ones. */
export interface Making { readonly whole: Period; readonly now: Date; readonly newId: () => string }

type Asked = InputOf<typeof requestOperations.requestReservation>['lines'][number];
type Changed = InputOf<typeof requestOperations.changeRequest>['lines'][number];
type Wrong = Refusal<'period.invalid' | 'period.too-long' | 'reservation.duplicate' | 'reservation.state' | 'request.invalid' | 'not-found'>;

/** The lines of a new request. Those without a period take the event's and go with it. */
export const newLines = (asked: readonly Asked[], making: Making): readonly Line[] | Wrong =>
  checked(asked.map((line) => newLine(line, making)), making);

const newLine = ({ equipmentId, quantity, from, to }: Asked, { whole, newId }: Making): Line => ({
  id: newId(), equipmentId, kitId: null, quantity, from: from === undefined ? whole.from : instant(from), to: to === undefined ? whole.to : instant(to),
  moves: from === undefined && to === undefined,
});

/**
 * The whole new list of lines of a reservation: a line named by its id keeps what is not said of it, one without is new, one left out goes.
 * @param known what inventory told last of it: what was handed out can be neither dropped nor lowered
 */
export function changedLines(asked: readonly Changed[], before: readonly Line[], known: Reservation | null, making: Making): readonly Line[] | Wrong {
  const byId = new Map(before.map((line) => [line.id, line]));
  const after: Line[] = [];
  for (const [index, line] of asked.entries()) {
    const one = line.id === undefined ? addedLine(line, index, making) : keptLine(line, byId.get(line.id), index);
    if ('code' in one) return one;
    // A line can be named once.
    if (line.id !== undefined) byId.delete(line.id);
    after.push(one);
  }
  return handedOut(after, known) ?? checked(after, making);
}

const addedLine = ({ equipmentId, ...rest }: Changed, index: number, making: Making): Line | Wrong =>
  equipmentId === undefined
    ? refuse('request.invalid', { en: 'Name the equipment of a new line.', fr: 'Indiquez le matériel d’une nouvelle ligne.' },
      { errors: [{ pointer: `/lines/${index}/equipmentId`, message: 'missing' }] })
    : newLine({ ...rest, equipmentId }, making);

function keptLine({ equipmentId, quantity, from, to }: Changed, line: Line | undefined, index: number): Line | Wrong {
  if (!line) return notFound({ en: 'line', fr: 'ligne' }, `/lines/${index}/id`);
  if (equipmentId !== undefined && equipmentId !== line.equipmentId) {
    return refuse('request.invalid', {
      en: 'A line keeps its equipment: leave it out and add a new one.', fr: 'Une ligne garde son matériel : retirez-la et ajoutez-en une autre.',
    }, { errors: [{ pointer: `/lines/${index}/equipmentId`, message: 'another equipment' }] });
  }
  const period = { from: from === undefined ? line.from : instant(from), to: to === undefined ? line.to : instant(to) };
  // Sent back as it was read it still goes with the event.
  return { ...line, ...period, quantity, moves: line.moves && period.from === line.from && period.to === line.to };
}

/** Is what was handed out still in the list, in that quantity at least? What is all back may be left out: it stays as history. */
function handedOut(after: readonly Line[], known: Reservation | null): Wrong | null {
  const quantities = new Map(after.map(({ id, quantity }) => [id, quantity]));
  const short = known?.lines.find((line) => { const quantity = quantities.get(line.id); return quantity === undefined ? outOf(line) > 0 : line.delivered > quantity; });
  return short ? refuse('reservation.state', {
    en: `Of ${short.quantity} pieces ${short.delivered} were handed out: keep that many.`,
    fr: `Sur ${short.quantity} pièces, ${short.delivered} sont sorties : gardez-en autant.`,
  }, { lineId: short.id }) : null;
}

/** Pieces handed out and not back. */
const outOf = ({ delivered, returned, missing }: Reservation['lines'][number]): number => delivered - returned - missing;

/** Every period is one, and no equipment is there twice at the same time. */
function checked(lines: readonly Line[], { now }: Making): readonly Line[] | Wrong {
  for (const [index, line] of lines.entries()) {
    const wrong = checkPeriod(line, now, `/lines/${index}`);
    if (wrong) return wrong;
  }
  const again = lines.findIndex((line, index) => lines.slice(0, index).some((other) => clash(line, other)));
  return again === -1 ? lines : duplicate([`/lines/${again}/equipmentId`]);
}

const clash = (a: Line, b: Line): boolean => a.equipmentId === b.equipmentId && overlaps(a, b);

/** The first of these lines that clashes with another reservation of the event. */
export function clashing(lines: readonly Line[], others: readonly (Line & { readonly requestId: string })[]): Refusal<'reservation.duplicate'> | null {
  const byEquipment = Map.groupBy(others, ({ equipmentId }) => equipmentId);
  for (const [index, line] of lines.entries()) {
    const other = byEquipment.get(line.equipmentId)?.find((one) => overlaps(line, one));
    if (other) return duplicate([`/lines/${index}/equipmentId`], [other.requestId]);
  }
  return null;
}

/** The event has the same equipment for an overlapping period. @param blocking the reservations that have it */
export const duplicate = (pointers: readonly string[], blocking: readonly string[] = []): Refusal<'reservation.duplicate'> =>
  refuse('reservation.duplicate', { en: 'Change the quantity of the line that is there instead.', fr: 'Modifiez plutôt la quantité de la ligne existante.' },
    { errors: pointers.map((pointer) => ({ pointer, message: 'the event has it already for this time' })), ...(blocking.length > 0 ? { blocking } : {}) });

/** The lines when the event goes elsewhere in time. */
export const movedLines = (lines: readonly Line[], whole: Period): readonly Line[] => lines.map((line) => (line.moves ? { ...line, ...whole } : line));

/** What stays of a reservation when its event is cancelled: lines of which something is out, as far as it was handed out. Nothing, as a rule. */
export function linesLeft(lines: readonly Line[], known: Reservation | null): readonly Line[] {
  const out = new Map(known?.lines.map((line) => [line.id, outOf(line) > 0 ? line.delivered : 0]));
  return lines.flatMap((line) => { const quantity = out.get(line.id) ?? 0; return quantity > 0 ? [{ ...line, quantity }] : []; });
}
