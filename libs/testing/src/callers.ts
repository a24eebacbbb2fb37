/** Somebody to ask as. */
import type { Caller } from '@regie/contracts';
import { uuid7 } from '@regie/store';

export type CallerOver = Partial<Caller>;

/** A planner of a company of its own, unless said otherwise. */
export const aCaller = (over: CallerOver = {}): Caller => ({
  id: uuid7(), companyId: uuid7(), roles: ['manager'], sessionId: uuid7(), ip: '192.0.2.7', userAgent: 'test', requestId: uuid7(), language: 'en', ...over,
});
/** The same as an administrator. */
export const anAdmin = (over: CallerOver = {}): Caller => aCaller({ roles: ['admin'], ...over });
