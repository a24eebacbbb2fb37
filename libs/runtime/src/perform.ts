/** Questions and their transactions: one each, or one for all that come in together. */
import { encodeAnswer, type Question, type Served } from '@regie/bus';
import { isList, isRefusal, type Handler, type Operation } from '@regie/contracts';
import { claimKey, isLockTimeout, keepAnswer, keyInProgress, transact, workOf, type Database, type Tx } from '@regie/store';
import type { App } from './app.ts';
import type { Together } from './handlers.ts';
import { errorFields } from './log.ts';
import { sealOrigin } from './origin.ts';
import { answeredTogether, type AnswersTogether, type Asking } from './together.ts';

/** What a handler gets besides its input: the contract's context and the transaction. */
export interface InTransaction { readonly tx: Tx }
/** A handler for each operation; `together()` where those that come in at once share a transaction. */
export type HandlersIn<Ops> = { readonly [Name in keyof Ops]: Handler<Ops[Name], InTransaction> | Together<Ops[Name]> };

type AnyHandler = (input: unknown, context: unknown) => Promise<never>;

/** Answers a question as its handler says: in a transaction of its own, or with others. */
export function perform(app: App, db: Database, handlers: HandlersIn<object>, originKey: string | undefined): (question: Question, traceparent: string) => Promise<Served> {
  const performers = new Map<string, (asking: Asking) => Promise<Served>>();
  for (const [key, handler] of Object.entries(handlers) as [string, AnyHandler | AnswersTogether][]) {
    performers.set(key, typeof handler === 'function' ? (asking) => alone(db, handler, asking) : answeredTogether(db, handler, (error, count) => {
      app.metrics.count('regie_groups_undone_total', { operation: key });
      app.log.warn({ operation: key, questions: count, ...errorFields(error) }, 'a group failed; its questions are asked again one by one');
    }));
  }
  return (question, traceparent) => {
    const { caller, deadline } = question;
    return performers.get(question.key)!(
      { question, work: workOf(caller, { traceparent, deadline, origin: originKey === undefined ? undefined : sealOrigin(originKey, caller) }) });
  };
}

/** Bytes of a page that go into one message with its headers; the server takes 4 MB. */
const largestPage = 3_500_000;

/** A page that would outgrow one message is read again at half its length: fewer items, and the cursor to go on from. */
async function inOneMessage(operation: Operation, input: Question['input'], read: (input: Question['input']) => Promise<Served>): Promise<Served> {
  let served = await read(input);
  for (let limit = Number(input['limit'] ?? 50); limit > 1 && isList(operation) && Buffer.byteLength(served.body) > largestPage;) {
    limit = Math.ceil(limit / 2);
    served = await read({ ...input, limit });
  }
  return served;
}

/** One question, one transaction: claim the key, handle, keep the answer, commit. */
async function alone(db: Database, handler: AnyHandler, { question, work }: Asking): Promise<Served> {
  const { operation, caller, input, expectedVersion } = question;
  const keyed = operation.keyed && question.idempotencyKey !== undefined;
  let claiming = false;
  try {
    return await transact(db, work, async (tx) => {
      if (keyed) {
        claiming = true;
        const earlier = await claimKey(tx, question);
        claiming = false;
        if (earlier) return isRefusal(earlier) ? encodeAnswer(operation, earlier as never, caller, input) : earlier;
      }
      const served = await inOneMessage(operation, input, async (asked) =>
        encodeAnswer(operation, await handler(asked, { caller, now: tx.now, expectedVersion, tell: tx.tell, tx }), caller, input));
      if (keyed) await keepAnswer(tx, question, served);
      return served;
    });
  } catch (error) {
    if (claiming && isLockTimeout(error)) return encodeAnswer(operation, keyInProgress() as never, caller, input);
    throw error;
  }
}
