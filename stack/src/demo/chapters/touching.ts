import type { Client } from '../client.ts';
import { after, periodText } from '../dates.ts';
import type { Narrator } from '../narrator.ts';
import { planEvent, reserve, reserved } from '../planning.ts';
import type { Booking } from './reservation.ts';
import type { Stock } from './stock.ts';

/** An event whose installation begins at the very instant the first one is dismantled may have everything. */
export const touchingChapter = async (story: Narrator, http: Client, stock: Stock, first: Booking): Promise<Booking> => {
  story.chapter({ en: 'Periods that touch do not clash', fr: 'Deux périodes qui se touchent ne se gênent pas' });
  const from = first.event.dismantlingAt;
  const dates = { installationAt: from, startAt: after(from, 6), endAt: after(from, 10), dismantlingAt: after(from, 14) };
  const event = await planEvent(http, { en: 'Closing night', fr: 'Soirée de clôture' }[story.lang], 0, dates);
  const wanted = stock.find('L-Acoustics', 'Kara II');
  const reservation = reserved(await reserve(http, event.id, [{ equipmentId: wanted.id, quantity: wanted.quantityTotal }]));
  const periods = [first.event, event].map(({ installationAt, dismantlingAt }) => periodText(story.lang, installationAt, dismantlingAt));
  for (const period of periods) story.line(period);
  story.say({
    en: `All ${wanted.quantityTotal} of ${wanted.name} are reserved from that instant on.`,
    fr: `Les ${wanted.quantityTotal} ${wanted.name} sont réservés dès cet instant.`,
  });
  return { event, reservation };
};
