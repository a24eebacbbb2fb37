/** What is taken is found by equipment and start. */
import type { Migration } from '@regie/store';

export const takenByStart: Migration = {
  at: 1764050000000, name: 'taken-by-start',
  sql: `
    -- The end is no part of the key any more: PostgreSQL 18 thinks of skipping through every start to look for ends, finds that too dear,
    -- and would rather read all lines an equipment ever had.
    drop index reservation_line_taken;
    create index reservation_line_taken on reservation_line (equipment_id, starts_at) include (ends_at) where status in ('reserved', 'delivered');
  `,
};
