import type { Lang } from './narrator.ts';

/** The zone in which the demo's company works and its times are shown. */
export const demoZone = 'Europe/Paris';

const hourMs = 3_600_000;

/** The instant `days` days from today at `hour` o'clock UTC, RFC 3339. */
export const dayAt = (days: number, hour: number): string => {
  const day = new Date();
  day.setUTCHours(0, 0, 0, 0);
  return new Date(day.getTime() + (days * 24 + hour) * hourMs).toISOString();
};

/** `hours` hours after an instant, RFC 3339. */
export const after = (instant: string, hours: number): string => new Date(Date.parse(instant) + hours * hourMs).toISOString();

/** The four dates of an event: installation on the first morning, the show that evening, dismantling the day after. */
export const eventDates = (firstDay: number) => ({
  installationAt: dayAt(firstDay, 6),
  startAt: dayAt(firstDay, 17),
  endAt: dayAt(firstDay, 22),
  dismantlingAt: dayAt(firstDay + 1, 10),
  timeZone: demoZone,
});

/** An instant as a planner reads it, in the demo's zone. */
export const instantText = (lang: Lang, instant: string): string =>
  new Intl.DateTimeFormat(lang === 'fr' ? 'fr-FR' : 'en-GB', { dateStyle: 'short', timeStyle: 'short', timeZone: demoZone }).format(
    new Date(instant),
  );

/** A period as a planner reads it; without an end it is open. */
export const periodText = (lang: Lang, from: string, to: string | null): string =>
  `${instantText(lang, from)} → ${to === null ? '…' : instantText(lang, to)}`;
