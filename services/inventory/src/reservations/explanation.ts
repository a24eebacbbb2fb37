/** A refusal that repairs: when the line would be free, and what could be taken instead and really would succeed. */
import type { Shortage } from '@regie/contracts';
import type { Stock } from '../availability/stock.ts';
import { outOf, type AskedLine } from '../availability/taken.ts';
import { firstFree, peak, type Use } from '../availability/use.ts';
import type { Window } from '../availability/windows.ts';
import type { Line } from './reservation.ts';
import type { Decision, Order, ShortLine } from './settlement.ts';

/** How far ahead a free date is looked for. */
const horizon = 366 * 86_400_000;
const mostAlternatives = 5;
/** Reasons that one order is told in all: what tells it must fit into one message, however many are in the way. */
const mostReasonsOfOrder = 1_000;

/** A short line with the order it is of. */
export interface Question { readonly order: Order; readonly short: ShortLine; readonly stock: Stock }

/** What is known when a batch was decided and its lines were written. */
export interface Answers {
  readonly now: number;
  /** What is taken of an equipment, over the windows asked for. */
  readonly use: (equipmentId: string) => Use;
  /** The same, without what these reservations of the event take. */
  readonly useWithout: (equipmentId: string, eventId: string, reservationIds: ReadonlySet<string>) => Use;
  /** Equipment of the line's category, its subcategory first. */
  readonly candidates: (question: Question) => readonly Stock[];
  /** Has the event this equipment already, over this period? */
  readonly hasAlready: (eventId: string, equipmentId: string, from: number, to: number) => boolean;
  /** What the event is promised of an equipment. */
  readonly promised: (eventId: string, equipmentId: string) => readonly AskedLine[];
  readonly eventNames: ReadonlyMap<string, string>;
}

export const questionsOf = (decisions: readonly Decision[], stock: (equipmentId: string) => Stock): Question[] =>
  decisions.flatMap(({ order, shortLines }) => shortLines.map((short) => ({ order, short, stock: stock(short.line.equipmentId) })));

const blockedFor = ({ askedFrom, askedTo }: Line, { prepMs, turnaroundMs }: Stock) => ({ from: askedFrom - prepMs, to: askedTo + turnaroundMs });

/** What has to be read to answer. */
export const windowsOf = ({ order: { companyId }, short: { line } }: Question, candidates: readonly Stock[]): Window[] => [
  { companyId, equipmentId: line.equipmentId, from: line.from, to: line.to + horizon },
  ...candidates.map((stock) => ({ companyId, equipmentId: stock.id, ...blockedFor(line, stock) })),
];

/** Completes every shortage. Lines of one order are never offered the same thing, so that all of its offers can be taken together. */
export function explain(questions: readonly Question[], answers: Answers): Map<ShortLine, Shortage> {
  const offered = new Map<Order, Set<string>>();
  const explained = new Map<ShortLine, Shortage>();
  const takenOf = takenOnce(answers);
  for (const question of questions) {
    const { order, short } = question;
    const alreadyNamed = offered.get(order) ?? new Set(order.reservations.flatMap(({ lines }) => lines.map(({ equipmentId }) => equipmentId)));
    offered.set(order, alreadyNamed);
    const alternatives = alternativesFor(question, answers, alreadyNamed);
    for (const { equipmentId } of alternatives) alreadyNamed.add(equipmentId);
    const asked = order.reservations.reduce((sum, { lines }) => sum + lines.length, 0);
    explained.set(short, {
      ...short.shortage, alternatives, nextFreeAt: nextFree(question, answers.now, takenOf(order, short.line.equipmentId)),
      reasons: short.shortage.reasons.slice(0, Math.max(1, Math.floor(mostReasonsOfOrder / asked)))
        .map((reason) => ({ ...reason, eventName: reason.eventId === null ? null : answers.eventNames.get(reason.eventId) ?? null })),
    });
  }
  return explained;
}

/** What a later date of an order's lines is looked for in. */
interface Found {
  /** What the event is promised by other reservations. */
  readonly others: readonly AskedLine[];
  /** What is taken, without what would make room. */
  readonly use: Use;
}

/**
 * An order may have hundreds of lines of one equipment, and that tens of thousands, which are gone through once for all of them.
 * Kept for the order at hand, and of its event for the orders behind it.
 */
function takenOnce({ promised, useWithout, use: useOn }: Answers): (order: Order, equipmentId: string) => Found {
  let at: Order | undefined;
  let known = new Map<string, readonly AskedLine[]>();
  let found = new Map<string, Found>();
  const find = ({ eventId, reservations }: Order, equipmentId: string): Found => {
    const lines = known.get(equipmentId) ?? promised(eventId, equipmentId);
    known.set(equipmentId, lines);
    const own = new Set(reservations.map(({ id }) => id));
    const others = lines.filter(({ reservationId }) => !own.has(reservationId));
    // Its own old lines would make room.
    return { others, use: others.length < lines.length ? useWithout(equipmentId, eventId, own) : useOn(equipmentId) };
  };
  return (order, equipmentId) => {
    if (order !== at) found = new Map();
    if (order.eventId !== at?.eventId) known = new Map();
    at = order;
    const one = found.get(equipmentId) ?? find(order, equipmentId);
    found.set(equipmentId, one);
    return one;
  };
}

/** The first date on which the whole line would fit for as long as it was asked. */
function nextFree({ order, short: { line }, stock }: Question, now: number, { others, use }: Found): string | null {
  // Pieces that are out stay out until then: a later date does not make room for them.
  if (outOf(line) > 0) return null;
  const same = [
    ...others.map(({ askedFrom, askedTo }) => ({ from: askedFrom, to: askedTo })),
    ...order.reservations.flatMap(({ lines }) => lines)
      .filter(({ id, equipmentId }) => id !== line.id && equipmentId === line.equipmentId).map(({ from, to }) => ({ from: Date.parse(from), to: Date.parse(to) })),
  ];
  for (let from = Math.max(line.from, now - stock.prepMs);;) {
    const free = firstFree(use, from, line.to - line.from, stock.total - line.quantity, line.from + horizon);
    if (free === null) return null;
    const at = free + stock.prepMs;
    // The event cannot have it twice at one time.
    const other = same.find(({ from: begins, to }) => begins < at + line.askedTo - line.askedFrom && at < to);
    if (!other) return new Date(at).toISOString();
    from = other.to - stock.prepMs;
  }
}

function alternativesFor(question: Question, { candidates, hasAlready, use: useOn }: Answers, alreadyNamed: ReadonlySet<string>): Shortage['alternatives'] {
  const { order, short: { line } } = question;
  // Pieces that are out cannot become others.
  if (line.delivered > 0) return [];
  const found: Shortage['alternatives'] = [];
  for (const stock of candidates(question)) {
    if (found.length === mostAlternatives) break;
    if (alreadyNamed.has(stock.id) || hasAlready(order.eventId, stock.id, line.askedFrom, line.askedTo)) continue;
    const { from, to } = blockedFor(line, stock);
    const available = stock.total - peak(useOn(stock.id), from, to);
    if (available >= line.quantity) found.push({ equipmentId: stock.id, reference: stock.reference, available });
  }
  return found;
}
