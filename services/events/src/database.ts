/** The database of events: its migrations and the tables TypeORM knows. Every table here is read and written by plain SQL. */
import type { Migration } from '@regie/store';
import type { EntitySchema } from 'typeorm';
import { start } from './migrations/1764000000000-start.ts';
import { room } from './migrations/1764100000000-room.ts';

export const migrations: readonly Migration[] = [start, room];
export const tables: readonly EntitySchema[] = [];
