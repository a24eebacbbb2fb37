/** What an event is promised is found by its reservations. */
import type { Migration } from '@regie/store';

export const linesByReservation: Migration = {
  at: 1764250000000, name: 'lines-by-reservation',
  sql: `
    -- An event's id says nothing of when a line is written: among a million lines each new one wrote to a leaf of this index that nobody had touched for long,
    -- and after a checkpoint that leaf was logged whole. Reservations are found by their event anyway, and lines by their reservation.
    drop index reservation_line_of_event;
  `,
};
