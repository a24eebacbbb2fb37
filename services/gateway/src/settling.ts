/** Answers that are decided later: waited for as long as the client wants, and never guessed. */
import type { Answered, Notices } from '@regie/bus';
import { allOperations, isRefusal, type Operation, type Refusal } from '@regie/contracts';
import type { Ask, Question } from './asking.ts';

const byName = new Map<string, Operation>(allOperations.map((operation) => [operation.name, operation]));
const none = new Uint8Array();

/** Milliseconds the owner has to say how it stands, once the client's wait is over. */
const outcomeTime = 2_000;

/**
 * The answer of an operation, decided if that can be had in time.
 * @param until when the client's wait is over, in milliseconds since 1970; the past when it does not wait
 */
export async function settled(asked: Question, ask: Ask, notices: Notices, until: number): Promise<Answered | Refusal> {
  const first = await ask(asked);
  if (isRefusal(first) || first.settles === undefined || first.status >= 400) return first;
  const { settles: settlementId } = first;
  const outcomeOperation = byName.get(asked.operation.settledBy ?? '');

  /** How its owner says it stands; what we have when it cannot be asked. */
  const outcome = async (): Promise<Answered> => {
    if (!outcomeOperation) return first;
    const said = await ask({
      operation: outcomeOperation, caller: asked.caller, params: { settlementId },
      body: none, traceparent: asked.traceparent, deadline: Date.now() + outcomeTime,
    });
    return isRefusal(said) || said.status >= 500 ? first : said;
  };
  const decided = (answer: Answered): Answered => ({
    ...answer, replayed: first.replayed,
    // The place of what was asked for is known from the first answer; a refusal has none.
    location: answer.location ?? (answer.status === 201 || answer.status === 202 ? first.location : undefined),
  });

  // A request that was made before may be decided since, and its notice long gone.
  if (first.replayed) {
    const now = await outcome();
    if (now.status !== 202) return decided(now);
  }
  const left = until - Date.now();
  if (left <= 0) return first;
  const told = await notices.wait(settlementId, left);
  return decided(told ?? (await outcome()));
}
