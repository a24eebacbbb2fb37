import type { Client } from '../client.ts';
import { holds, Unexpected } from '../client.ts';
import { instantText, periodText } from '../dates.ts';
import type { Narrator } from '../narrator.ts';
import { planEvent, refused, reserve, reserved } from '../planning.ts';
import type { Wish } from '../planning.ts';
import type { Shortage } from '../shapes.ts';
import type { Booking } from './reservation.ts';
import type { Stock } from './stock.ts';

/** A second event, dismantled while the first one is being installed, wants more than is left: refused, explained, and repaired with what is offered. */
export const refusalChapter = async (story: Narrator, http: Client, stock: Stock, first: Booking): Promise<void> => {
  story.chapter({ en: 'Refused, with the reasons', fr: 'Refusé, avec les raisons' });
  const event = await planEvent(http, { en: 'Shareholders’ meeting', fr: 'Assemblée générale' }[story.lang], 9);
  const wanted = stock.find('L-Acoustics', 'Kara II');
  const taken = first.reservation.lines.find((line) => line.equipmentId === wanted.id)?.quantity ?? 0;
  const left = wanted.quantityTotal - taken;
  const wish = { equipmentId: wanted.id, quantity: left + 2 };
  const problem = refused(await reserve(http, event.id, [wish]));
  const shortages = problem.shortages ?? [];
  if (problem.detail) story.say({ en: problem.detail, fr: problem.detail });
  for (const shortage of shortages) explain(story, stock, shortage);

  const shortage = shortages[0];
  if (shortage === undefined) throw new Unexpected(`reservation.unavailable: shortages ≠ ${JSON.stringify(problem)}`);
  holds('The refusal says what is really left.', shortage.available === left && shortage.requested === wish.quantity, shortage);
  holds(
    'The reason names the event that has it.',
    shortage.reasons.some(
      ({ kind, eventId, eventName, quantity }) =>
        kind === 'reserved' && eventId === first.event.id && eventName === first.event.name && quantity === taken,
    ),
    shortage,
  );

  story.say({ en: 'One of the alternatives is taken:', fr: 'Une des solutions proposées est prise :' });
  const lines = repaired(wish, shortage);
  const reservation = reserved(await reserve(http, event.id, lines));
  for (const line of reservation.lines)
    story.detail({
      en: `${line.quantity} × ${stock.nameOf(line.equipmentId)}: ${line.status}`,
      fr: `${line.quantity} × ${stock.nameOf(line.equipmentId)} : ${line.status}`,
    });
};

const explain = (story: Narrator, stock: Stock, { equipmentId, requested, available, reasons, nextFreeAt, alternatives }: Shortage): void => {
  const { lang } = story;
  const name = stock.nameOf(equipmentId);
  story.say({ en: `${name}: asked ${requested}, available ${available}`, fr: `${name} : demandés ${requested}, disponibles ${available}` });
  const kinds = {
    reserved: { en: 'reserved', fr: 'réservés' },
    maintenance: { en: 'in maintenance', fr: 'en maintenance' },
    late: { en: 'late', fr: 'en retard' },
  };
  for (const { kind, eventName, from, to, quantity } of reasons) {
    const line = `${quantity} ${kinds[kind][lang]}${eventName === null ? '' : ` (${eventName})`}, ${periodText(lang, from, to)}`;
    story.detail({ en: `why: ${line}`, fr: `pourquoi : ${line}` });
  }
  if (nextFreeAt) {
    const free = instantText(lang, nextFreeAt);
    story.detail({ en: `next free: ${free}`, fr: `libre dès : ${free}` });
  }
  for (const { equipmentId: other, available: many } of alternatives)
    story.detail({ en: `instead: ${stock.nameOf(other)}, ${many} available`, fr: `à la place : ${stock.nameOf(other)}, ${many} disponibles` });
};

/** The same wish with an alternative: all of it from the other equipment, or only what the first one lacks. */
const repaired = ({ equipmentId, quantity }: Wish, { available, alternatives }: Shortage): Wish[] => {
  const whole = alternatives.find((other) => other.available >= quantity);
  if (whole !== undefined) return [{ equipmentId: whole.equipmentId, quantity }];
  const rest = alternatives.find((other) => other.available >= quantity - available);
  if (rest === undefined) throw new Unexpected(`alternatives ≠ ${JSON.stringify(alternatives)}`);
  const own = available > 0 ? [{ equipmentId, quantity: available }] : [];
  return [...own, { equipmentId: rest.equipmentId, quantity: quantity - available }];
};
