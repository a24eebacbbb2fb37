import type { Client } from '../client.ts';
import { expected, holds } from '../client.ts';
import { periodText } from '../dates.ts';
import type { Narrator } from '../narrator.ts';
import { planEvent, reserve, reserved } from '../planning.ts';
import type { PlannedEvent, Reservation } from '../shapes.ts';
import type { Stock } from './stock.ts';

/** An event and what is reserved for it. */
export interface Booking {
  event: PlannedEvent;
  reservation: Reservation;
}

/** Plans a customer's event and reserves sound for it. */
export const reservationChapter = async (story: Narrator, http: Client, stock: Stock): Promise<Booking> => {
  story.chapter({ en: 'An event, and its equipment', fr: 'Un événement, et son matériel' });
  const contact = { name: 'Inès Laurent', email: 'ines.laurent@festival.example.com' };
  const customer = expected(
    await http.post<{ id: string; name: string }>('/api/customers', { json: { name: 'Festival des Quais', contacts: [contact] } }),
    201,
  );
  const name = { en: 'Opening concert', fr: 'Concert d’ouverture' }[story.lang];
  const venue = { name: 'Halle des Quais', address: '1 quai de l’Exemple, 44000 Nantes' };
  const event = await planEvent(http, name, 10, { customerId: customer.id, venue, expectedParticipants: 1200 });
  story.detail({
    en: `installation to dismantling: ${periodText('en', event.installationAt, event.dismantlingAt)}`,
    fr: `de l’installation au démontage : ${periodText('fr', event.installationAt, event.dismantlingAt)}`,
  });
  holds('A new event is planned.', event.status === 'planned', event);

  const wishes = [stock.find('L-Acoustics', 'Kara II'), stock.find('L-Acoustics', 'KS28'), stock.find('Shure', 'SM58')].map(
    ({ id, quantityTotal }) => ({ equipmentId: id, quantity: Math.ceil((quantityTotal * 2) / 3) }),
  );
  const answer = await reserve(http, event.id, wishes);
  const reservation = reserved(answer);
  holds('Every line is reserved.', reservation.status === 'reserved' && reservation.lines.length === wishes.length, reservation);
  for (const line of reservation.lines)
    story.detail({
      en: `${line.quantity} × ${stock.nameOf(line.equipmentId)}: ${line.status}`,
      fr: `${line.quantity} × ${stock.nameOf(line.equipmentId)} : ${line.status}`,
    });
  story.say({ en: `Decided and answered in ${answer.ms.toFixed(1)} ms.`, fr: `Décidé et répondu en ${answer.ms.toFixed(1)} ms.` });
  return { event, reservation };
};
