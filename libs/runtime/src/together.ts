/** Group commit for questions: what comes in while one group is written forms the next, answered in one transaction across companies. */
import { encodeAnswer, type Question, type Served } from '@regie/bus';
import { isRefusal, type Refusal } from '@regie/contracts';
import {
  claimKeys, grouped, isContention, isLockTimeout, isOutage, keepAnswers, keyInProgress, nobody, repeatedAnswer, transactManyAhead,
  type Beginning, type Claims, type Database, type Tx, type Work,
} from '@regie/store';
import type { Asked } from './handlers.ts';
import { lanes } from './lanes.ts';

/** A question, and on whose behalf it is asked. */
export interface Asking { readonly question: Question; readonly work: Work }
export interface AnswersTogether {
  readonly together: (many: readonly Asked<unknown>[], context: { readonly tx: Tx; readonly now: Date; readonly found: unknown }) => Promise<readonly unknown[]>;
  readonly ahead?: ((many: readonly Pick<Asked<unknown>, 'input' | 'companyId'>[], tx: Beginning) => Promise<unknown>) | undefined;
}

const largest = 256;
/** Milliseconds a group waits for what somebody else holds. Longer waiting is for those alone that need it: their neighbours go on. */
const groupPatience = 200;
const alonePatience = 5_000;
/** Questions asked alone at once: each takes a connection. */
const sideLanes = 2;

/**
 * @param onUndone hears of each group that failed and is asked again one by one
 * @returns answers one question as soon as the group it came in with is committed
 */
export function answeredTogether(db: Database, handler: AnswersTogether, onUndone: (error: unknown, count: number) => void): (asking: Asking) => Promise<Served> {
  const aside = lanes(sideLanes);
  const group = grouped<Asking, Promise<Served>>(async (asked) => {
    try {
      const answers = await inOneTransaction(db, handler, asked, groupPatience);
      // A key that its first answer freed: the next with it has the work to do.
      return answers.map((served, index) => (served === undefined ? ask(asked[index]!) : Promise.resolve(served)));
    } catch (error) {
      const hopeless = asked.length === 1 ? !isContention(error) : isOutage(error) && !isContention(error);
      if (hopeless) throw error;
      onUndone(error, asked.length);
      // Not waited for: the next group begins meanwhile.
      return asked.map((asking) => aside(() => alone(db, handler, asking)));
    }
  }, largest);
  const ask = async (asking: Asking): Promise<Served> => await group(asking);
  return ask;
}

/** The same for one, with the patience a transaction of its own has. */
async function alone(db: Database, handler: AnswersTogether, asking: Asking): Promise<Served> {
  const [served] = await inOneTransaction(db, handler, [asking], alonePatience);
  return served!;
}

/**
 * Claims the keys, answers what is still to do, keeps the answers, commits.
 * @returns an answer each; undefined for who has to ask again, since the answer of the first with the same key is not kept
 */
async function inOneTransaction(db: Database, handler: AnswersTogether, asked: readonly Asking[], lockTimeout: number): Promise<(Served | undefined)[]> {
  const deadline = Math.max(...asked.map(({ question }) => question.deadline));
  let keyTaken = false;
  // Keys before all else, as everywhere: what is read behind them waits for whoever holds them.
  const ahead = async (tx: Beginning): Promise<readonly [Claims<Asking>, unknown]> => {
    const keyed = asked.filter(({ question }) => question.operation.keyed && question.idempotencyKey !== undefined);
    const claims = keyed.length === 0 ? noClaims : claimKeys(tx, keyed, ({ question }) => question).catch((error: unknown) => { keyTaken = isLockTimeout(error); throw error; });
    return Promise.all([claims, handler.ahead?.(asked.map(({ question, work }) => ({ input: question.input as never, companyId: work.companyId ?? nobody })), tx)]);
  };
  try {
    const companyIds = asked.map(({ work }) => work.companyId ?? nobody);
    return await transactManyAhead(db, companyIds, { actorId: null, deadline, lockTimeout }, ahead, async (tx, [{ mine, earlier, repeats }, found]) => {
      const served = new Map<Asking, Served | undefined>([...earlier].map(([asking, answer]) => [asking, replayed(asking, answer)]));
      const unanswered = asked.filter((asking) => !earlier.has(asking) && !repeats.has(asking));
      const answers = unanswered.length === 0 ? [] : await handler.together(unanswered.map((asking) => askedIn(tx, asking)), { tx, now: tx.now, found });
      if (answers.length !== unanswered.length) throw new Error(`${unanswered.length} questions, ${answers.length} answers`);
      unanswered.forEach((asking, index) => served.set(asking, encoded(asking, answers[index])));
      if (mine.length > 0) void keepAnswers(tx, mine.map((asking) => ({ question: asking.question, served: served.get(asking)! })));
      for (const [asking, first] of repeats) {
        const answer = repeatedAnswer(asking.question, first.question, served.get(first)!);
        served.set(asking, answer && replayed(asking, answer));
      }
      return asked.map((asking) => served.get(asking));
    });
  } catch (error) {
    if (keyTaken && asked.length === 1 && lockTimeout === alonePatience && isLockTimeout(error)) return [encoded(asked[0]!, keyInProgress())];
    throw error;
  }
}

const noClaims: Claims<Asking> = { mine: [], earlier: new Map(), repeats: new Map() };

const askedIn = (tx: Tx, { question: { caller, input, expectedVersion }, work }: Asking): Asked<unknown> => ({
  input: input as never, caller, expectedVersion, work, companyId: work.companyId ?? nobody, now: tx.now,
  tell: (fact, state, about) => tx.tell(fact, state, { ...about, work }),
});

/** As it goes over the wire. */
const encoded = ({ question: { operation, caller, input } }: Asking, answer: unknown): Served => encodeAnswer(operation, answer as never, caller, input);

/** What was kept of the first answer goes as it is. */
const replayed = (asking: Asking, earlier: Served | Refusal): Served => (isRefusal(earlier) ? encoded(asking, earlier) : earlier);
