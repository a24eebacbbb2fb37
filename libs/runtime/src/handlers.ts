/** How a service writes a handler for many questions at once. */
import type { Answer, Context, InputOf } from '@regie/contracts';
import type { Tx, Work } from '@regie/store';

/** One of the questions that are answered together. */
export interface Asked<Op> extends Context<Op> {
  readonly input: InputOf<Op>;
  /** The caller's company: what this question may read and write. Every statement is to name it with whatever it asks for this question. */
  readonly companyId: string;
  /** On whose behalf: for `tx.order` and `tx.tell`; this question's own `tell` knows it. */
  readonly work: Work;
}

/** Answers each question, in their order; refusals are values. What it throws undoes the whole group, and each question is then asked alone. */
type AnswerTogether<Op> = (many: readonly Asked<Op>[], context: { readonly tx: Tx; readonly now: Date }) => Promise<readonly Answer<Op>[]>;
export interface Together<Op> { readonly together: AnswerTogether<Op> }

/**
 * A handler for many questions at once, of any companies. The transaction sees the rows of all of them, so each statement joins on the company of its own question:
 * a value of one question must never meet the company of another.
 */
export const together = <Op>(answer: AnswerTogether<Op>): Together<Op> => ({ together: answer });
