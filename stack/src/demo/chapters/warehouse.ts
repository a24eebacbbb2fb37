import type { Client } from '../client.ts';
import { expected, holds, Unexpected } from '../client.ts';
import type { Narrator } from '../narrator.ts';
import { until } from '../planning.ts';
import type { HandedOver, Maintenance, Reservation } from '../shapes.ts';
import type { Booking } from './reservation.ts';
import type { Stock } from './stock.ts';

/** Hands the first event's equipment out, and takes it back in two goes: one piece comes back damaged. */
export const warehouseChapter = async (story: Narrator, http: Client, stock: Stock, { reservation }: Booking): Promise<Maintenance> => {
  story.chapter({ en: 'Out of the warehouse, and back', fr: 'Sortie de dépôt, et retour' });
  const address = `/api/reservations/${reservation.id}`;
  const out = expected(await http.post<HandedOver>(`${address}/deliver`, { json: {} }), 200);
  for (const line of out.lines)
    story.detail({
      en: `${line.delivered} of ${line.quantity} × ${stock.nameOf(line.equipmentId)} out`,
      fr: `${line.delivered} sur ${line.quantity} × ${stock.nameOf(line.equipmentId)} sortis`,
    });
  holds('All of it is out.', out.status === 'delivered' && out.lines.every((line) => line.delivered === line.quantity), out);

  const speakers = out.lines.find(({ equipmentId }) => equipmentId === stock.find('L-Acoustics', 'Kara II').id);
  if (speakers === undefined) throw new Unexpected(JSON.stringify(out, null, 2));
  const back = Math.ceil(speakers.quantity / 2);
  const damaged = 1;
  const note = { en: 'Grille dented, tweeter silent', fr: 'Grille enfoncée, tweeter muet' }[story.lang];
  story.say({
    en: `The first truck: ${back} of ${speakers.quantity} come back, damaged: ${damaged}.`,
    fr: `Premier camion : ${back} sur ${speakers.quantity} reviennent, abîmé : ${damaged}.`,
  });
  const part = expected(
    await http.post<HandedOver>(`${address}/return`, {
      json: { lines: [{ lineId: speakers.id, quantity: back }], damaged: [{ lineId: speakers.id, quantity: damaged, note }] },
    }),
    200,
  );
  const partly = part.lines.find(({ id }) => id === speakers.id);
  holds(
    'What came back is counted, the rest is still out.',
    part.status === 'delivered' && partly?.returned === back && partly.damaged === damaged,
    part,
  );
  const [maintenanceId] = part.maintenanceIds;
  if (maintenanceId === undefined) throw new Unexpected(`maintenanceIds ≠ ${JSON.stringify(part.maintenanceIds)}`);
  const repair = expected(await http.get<Maintenance>(`/api/maintenance/${maintenanceId}`), 200);
  holds(
    'The damaged piece is in maintenance.',
    repair.quantity === damaged && repair.equipmentId === speakers.equipmentId && repair.status === 'pending',
    repair,
  );
  story.detail({
    en: `maintenance opened: ${repair.quantity} × ${stock.nameOf(repair.equipmentId)}, “${repair.problem}”`,
    fr: `maintenance ouverte : ${repair.quantity} × ${stock.nameOf(repair.equipmentId)}, « ${repair.problem} »`,
  });

  const lines = part.lines
    .map(({ id, delivered, returned }) => ({ lineId: id, quantity: delivered - returned }))
    .filter(({ quantity }) => quantity > 0);
  story.say({ en: 'The second truck brings the rest:', fr: 'Le second camion rapporte le reste :' });
  const all = expected(await http.post<HandedOver>(`${address}/return`, { json: { lines } }), 200);
  holds('Nothing is out any more.', all.status === 'returned' && all.lines.every((line) => line.returned === line.delivered), all);
  const seen = () =>
    http
      .get<Reservation>(`/api/events/${reservation.eventId}/reservations/${reservation.id}`, { quiet: true })
      .then((answer) => expected(answer, 200));
  const atEvent = await until(seen, ({ status }) => status === 'returned', 'The event shows its reservation as returned.');
  story.detail({ en: `the event’s page says the same: ${atEvent.status}`, fr: `la page de l’événement dit de même : ${atEvent.status}` });
  return repair;
};
