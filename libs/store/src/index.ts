/** Keeping: transactions with their facts, fenced by company. */
export { bigints, instants, ints, texts, uuids } from './arrays.ts';
export { closeDatabase, databaseTrouble, isContention, isOutage, openDatabase, type Database } from './database.ts';
export { grouped } from './grouped.ts';
export { claimKey, isLockTimeout, keepAnswer, keyInProgress } from './idempotency.ts';
export { claimKeys, keepAnswers, repeatedAnswer, type Claims } from './idempotency-many.ts';
export { firstTime, quarantine } from './inbox.ts';
export { infrastructureSql, tenantSql } from './infrastructure.ts';
export { cursorInvalid, listRows, type ListRequest, type Rows, type Sort } from './list.ts';
export { migrate, type Migration } from './migrate.ts';
export { mirror } from './mirror.ts';
export { asPlatform } from './platform.ts';
export { provisionDatabase, type Roles } from './provision.ts';
export { changesBetween, records, recordTableSql, stale, type RecordRow, type RecordsOptions } from './records.ts';
export { startRelay, type Relay, type RelayStatus } from './relay.ts';
export { normalise, saveTerms, searchConditions, termsOf, termTableSql } from './search.ts';
export { table } from './table.ts';
export { transact, transactMany, workOf, type Tx, type Work } from './transact.ts';
export { checkedUuid, nobody, uuid7 } from './uuid.ts';
