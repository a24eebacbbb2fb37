import type { Client } from '../client.ts';
import { expected, holds } from '../client.ts';
import { dayAt } from '../dates.ts';
import type { Narrator } from '../narrator.ts';
import { available } from '../planning.ts';
import type { Equipment, Maintenance } from '../shapes.ts';
import type { Booking } from './reservation.ts';
import type { Stock } from './stock.ts';

/** What maintenance takes out: the damaged piece endangers a promise until it is mended, and two stands of many are only two. */
export const workshopChapter = async (story: Narrator, http: Client, stock: Stock, repair: Maintenance, next: Booking): Promise<void> => {
  story.chapter({ en: 'The workshop', fr: 'L’atelier' });
  const danger = repair.atRisk.find(({ reservationId }) => reservationId === next.reservation.id);
  story.say({
    en: `The damaged piece was promised to “${next.event.name}”, which is now short of ${danger?.short}. It is repaired:`,
    fr: `La pièce abîmée était promise à « ${next.event.name} », à qui il en manque ${danger?.short}. On la répare :`,
  });
  holds('The maintenance names the reservation it endangers, and by how many.', danger?.short === repair.quantity, repair);
  expected(await http.post<Maintenance>(`/api/maintenance/${repair.id}/start`, { json: {} }), 200);
  const done = expected(
    await http.post<Maintenance>(`/api/maintenance/${repair.id}/complete`, {
      json: { solution: { en: 'New tweeter and grille', fr: 'Tweeter et grille remplacés' }[story.lang], cost: { amount: 18500, currency: 'EUR' } },
    }),
    200,
  );
  holds('A completed maintenance endangers nobody.', done.status === 'completed' && done.atRisk.length === 0, done);

  await twoOfMany(story, http, stock);
};

const twoOfMany = async (story: Narrator, http: Client, stock: Stock): Promise<void> => {
  const stands = stock.find('König & Meyer', '210/9');
  const broken = 2;
  story.say({
    en: `${broken} of ${stands.quantityTotal} stands go to maintenance:`,
    fr: `${broken} pieds sur ${stands.quantityTotal} partent en maintenance :`,
  });
  const problem = { en: 'Clutch worn', fr: 'Serrage usé' }[story.lang];
  const opened = expected(
    await http.post<Maintenance>('/api/maintenance', { json: { equipmentId: stands.id, quantity: broken, priority: 'low', problem } }),
    201,
  );
  const during = expected(await http.get<Equipment>(`/api/equipment/${stands.id}`), 200);
  const [line] = await available(http, dayAt(2, 6), dayAt(3, 6), [{ equipmentId: stands.id, quantity: stands.quantityTotal }]);
  story.detail({
    en: `available now ${during.quantityAvailable}, in maintenance ${during.quantityOutOfService}, free the day after tomorrow ${line?.free}; status ${during.status}`,
    fr: `disponibles ${during.quantityAvailable}, en maintenance ${during.quantityOutOfService}, libres après-demain ${line?.free} ; état ${during.status}`,
  });
  const rest = stands.quantityTotal - broken;
  holds(
    'Maintenance takes out what it says, and no more.',
    during.quantityAvailable === rest && line?.free === rest && during.status === 'available',
    { during, line },
  );

  expected(await http.post<Maintenance>(`/api/maintenance/${opened.id}/start`, { json: {} }), 200);
  expected(
    await http.post<Maintenance>(`/api/maintenance/${opened.id}/complete`, {
      json: { solution: { en: 'Clutch replaced', fr: 'Serrage remplacé' }[story.lang] },
    }),
    200,
  );
  const again = expected(await http.get<Equipment>(`/api/equipment/${stands.id}`), 200);
  story.detail({ en: `repaired: available ${again.quantityAvailable}`, fr: `réparés : disponibles ${again.quantityAvailable}` });
  holds('Completing the maintenance gives them back.', again.quantityAvailable === stands.quantityTotal, again);
};
