/** The environment audit starts in: what every service reads, and its MongoDB. */
import { Type } from '@regie/contracts';
import { common } from '@regie/runtime';

export const environment = {
  ...common,
  /** With the database's name in its path; the keys of people are in `<name>_keys` beside it. */
  MONGODB_URL: Type.String({ pattern: '^mongodb(\\+srv)?://.+' }),
};
