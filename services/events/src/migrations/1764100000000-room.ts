/** Room for what is noted a moment later: a row and its next version on one page need no new entries in any index. */
import type { Migration } from '@regie/store';

// Pages written before keep their rows as they are, and are filled up no further.
const sql = `
  alter table request set (fillfactor = 75);
  alter table request_revision set (fillfactor = 75);
  alter table settlement set (fillfactor = 75);
  alter table reservation set (fillfactor = 75);
  -- Nothing reads it: a settlement is found by its own id.
  drop index settlement_of_event;
`;

export const room: Migration = { at: 1764100000000, name: 'room', sql };
