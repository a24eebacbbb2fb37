import type { Answer, Client } from '../client.ts';
import { expected, holds, Unexpected } from '../client.ts';
import { after, eventDates } from '../dates.ts';
import type { Narrator } from '../narrator.ts';
import { available, inTurns, planEvent, refused, reserve, reserved, until } from '../planning.ts';
import type { Page, PlannedEvent, Refused, Reservation } from '../shapes.ts';
import type { Stock } from './stock.ts';

const requests = 300;
const lastPieces = 5;
const firstDay = 30;
/** The events begin up to this many hours apart, so that their periods differ and all overlap. */
const spreadHours = 8;

type Outcome = 'reserved' | 'refused';

/** Many planners want the last pieces at the same moment. Exactly the last pieces are promised, whoever asks how. */
export const crowdChapter = async (story: Narrator, http: Client, stock: Stock): Promise<void> => {
  story.chapter({
    en: `${requests} requests at once for the last ${lastPieces} pieces`,
    fr: `${requests} demandes à la fois pour les ${lastPieces} dernières pièces`,
  });
  const wanted = stock.find('Martin', 'MAC Aura');
  const holder = await planEvent(http, { en: 'Trade fair', fr: 'Salon professionnel' }[story.lang], firstDay);
  reserved(await reserve(http, holder.id, [{ equipmentId: wanted.id, quantity: wanted.quantityTotal - lastPieces }]));

  const begun = performance.now();
  const dates = eventDates(firstDay);
  const events = await inTurns(
    Array.from({ length: requests }, (_, at) => at),
    16,
    (at) => planEvent(http, `${story.lang === 'fr' ? 'Tournée, date' : 'Tour, date'} ${at + 1}`, firstDay, shifted(dates, at % spreadHours), true),
  );
  story.detail({
    en: `${events.length} overlapping events planned in ${seconds(begun)} s`,
    fr: `${events.length} événements qui se chevauchent, planifiés en ${seconds(begun)} s`,
  });

  const start = performance.now();
  const answers = await Promise.all(events.map(({ id }) => reserve(http, id, [{ equipmentId: wanted.id, quantity: 1 }], true)));
  const took = seconds(start);
  const outcomes = await inTurns(answers, 16, (answer) => outcomeOf(http, answer));
  report(story, answers, outcomes, took);
  const won = outcomes.filter((outcome) => outcome === 'reserved').length;
  holds(`Exactly the last ${lastPieces} are reserved.`, won === lastPieces, { won });
  await proveNothingOverPromised(story, http, stock, events);
};

/** The same dates some hours later. */
const shifted = ({ installationAt, startAt, endAt, dismantlingAt }: ReturnType<typeof eventDates>, hours: number) => ({
  installationAt: after(installationAt, hours),
  startAt: after(startAt, hours),
  endAt: after(endAt, hours),
  dismantlingAt: after(dismantlingAt, hours),
});

/** 201 and 409 are decisions; a 202 is followed until it is one. Anything else ends the story. */
const outcomeOf = async (http: Client, answer: Answer<Reservation | Refused>): Promise<Outcome> => {
  if (answer.status === 201) return 'reserved';
  if (answer.status === 409) {
    const shortage = refused(answer).shortages?.[0];
    holds(
      'A refusal of the last pieces says that none is left, and why.',
      shortage !== undefined && shortage.available === 0 && shortage.reasons.length > 0,
      answer.body,
    );
    return 'refused';
  }
  expected(answer, 201, 409, 202);
  const location = answer.headers.get('location');
  if (location === null) throw new Unexpected('202: no Location');
  const read = async () => expected(await http.get<Reservation>(location, { quiet: true }), 200);
  const { status } = await until(read, (reservation) => reservation.status !== 'requested', 'A request is decided.');
  if (status === 'rejected') return 'refused';
  if (status === 'reserved') return 'reserved';
  throw new Unexpected(`reserved / rejected ≠ ${status}`);
};

const report = (story: Narrator, answers: Answer<unknown>[], outcomes: Outcome[], took: string): void => {
  const statuses = Map.groupBy(answers, ({ status }) => status);
  for (const [status, all] of [...statuses].toSorted(([one], [other]) => one - other)) {
    const times = all.map(({ ms }) => ms).toSorted((one, other) => one - other);
    const at = (share: number) => (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(0);
    story.line(`${all.length.toString().padStart(4)} × ${status}   p50 ${at(0.5)} ms   p95 ${at(0.95)} ms   max ${at(1)} ms`);
  }
  const count = (which: Outcome) => outcomes.filter((outcome) => outcome === which).length;
  story.say({
    en: `${answers.length} answers in ${took} s: ${count('reserved')} reserved, ${count('refused')} refused with their reasons.`,
    fr: `${answers.length} réponses en ${took} s : ${count('reserved')} réservées, ${count('refused')} refusées avec leurs raisons.`,
  });
};

/** Asks twice: what is free while all events overlap, and what every reservation of the equipment adds up to. */
const proveNothingOverPromised = async (story: Narrator, http: Client, stock: Stock, events: PlannedEvent[]): Promise<void> => {
  const { id, quantityTotal } = stock.find('Martin', 'MAC Aura');
  const from = events.map(({ installationAt }) => installationAt).reduce((one, other) => (one > other ? one : other));
  const to = events.map(({ dismantlingAt }) => dismantlingAt).reduce((one, other) => (one < other ? one : other));
  const line = (await available(http, from, to, [{ equipmentId: id, quantity: 1 }]))[0];
  const held = expected(await http.get<Page<Reservation>>(`/api/reservations?equipmentId=${id}&status=reserved&limit=200`), 200);
  const promised = held.items
    .flatMap(({ lines }) => lines)
    .filter((one) => one.equipmentId === id && one.status === 'reserved')
    .reduce((sum, { quantity }) => sum + quantity, 0);
  story.detail({
    en: `there are ${line?.total}, promised at one time ${promised}, free ${line?.free}`,
    fr: `il y en a ${line?.total}, promis en même temps ${promised}, libres ${line?.free}`,
  });
  holds('Nothing is promised twice.', promised === quantityTotal && line?.free === 0, { promised, line });
};

const seconds = (begun: number): string => ((performance.now() - begun) / 1000).toFixed(2);
