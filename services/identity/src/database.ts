/** What identity keeps, and how it came about. */
import type { Migration } from '@regie/store';
import type { EntitySchema } from 'typeorm';
import { start } from './migrations/1764000000000-start.ts';

export const migrations: readonly Migration[] = [start];
/** All of it is plain SQL: sign-in reads under roles TypeORM knows nothing of. */
export const tables: readonly EntitySchema[] = [];
