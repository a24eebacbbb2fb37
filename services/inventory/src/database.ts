/** Inventory's database: its migrations and the tables TypeORM knows. Every table here is read and written by plain SQL. */
import type { Migration } from '@regie/store';
import type { EntitySchema } from 'typeorm';
import { start } from './migrations/1764000000000-start.ts';
import { takenByStart } from './migrations/1764050000000-taken-by-start.ts';
import { decidedAhead } from './migrations/1764100000000-decided-ahead.ts';
import { referencesAtOnce } from './migrations/1764150000000-references-at-once.ts';
import { raisedBy } from './migrations/1764200000000-raised-by.ts';
import { linesByReservation } from './migrations/1764250000000-lines-by-reservation.ts';

export const migrations: readonly Migration[] = [start, takenByStart, decidedAhead, referencesAtOnce, raisedBy, linesByReservation];
export const tables: readonly EntitySchema[] = [];
