/** How a service writes a handler for many questions at once. */
import type { Answer, Context, InputOf } from '@regie/contracts';
import type { Beginning, Tx, Work } from '@regie/store';

/** One of the questions that are answered together. */
export interface Asked<Op> extends Context<Op> {
  readonly input: InputOf<Op>;
  /** The caller's company: what this question may read and write. Every statement is to name it with whatever it asks for this question. */
  readonly companyId: string;
  /** On whose behalf: for `tx.order` and `tx.tell`; this question's own `tell` knows it. */
  readonly work: Work;
}

/** Answers each question, in their order; refusals are values. What it throws undoes the whole group, and each question is then asked alone. */
type AnswerTogether<Op, Found> = (many: readonly Asked<Op>[], context: { readonly tx: Tx; readonly now: Date; readonly found: Found }) => Promise<readonly Answer<Op>[]>;
/** Reads in the trip in which the transaction begins; some of these questions may then turn out to be answered already. `answer` meets the same inputs. */
type ReadAhead<Op, Found> = (many: readonly Pick<Asked<Op>, 'input' | 'companyId'>[], tx: Beginning) => Promise<Found>;
export interface Together<Op, Found = never> {
  readonly together: AnswerTogether<Op, Found>;
  readonly ahead?: ReadAhead<Op, unknown>;
}
/** One that reads ahead. */
export interface TogetherAhead<Op, Found> extends Together<Op, Found> { readonly ahead: ReadAhead<Op, Found> }

/**
 * A handler for many questions at once, of any companies. The transaction sees the rows of all of them, so each statement joins on the company of its own question:
 * a value of one question must never meet the company of another.
 * @param ahead what can be read before the transaction's time is known; `answer` is given what it finds
 */
export function together<Op>(answer: AnswerTogether<Op, undefined>): Together<Op, undefined>;
export function together<Op, Found>(answer: AnswerTogether<Op, Found>, ahead: ReadAhead<Op, Found>): TogetherAhead<Op, Found>;
export function together<Op, Found>(answer: AnswerTogether<Op, Found>, ahead?: ReadAhead<Op, Found>): Together<Op, Found> {
  return ahead ? { together: answer, ahead } : { together: answer };
}
