/** Something the person at the keyboard can mend: shown as its sentence, without a stack trace. */
export class Problem extends Error {
  override readonly name = 'Problem';
}

/** What to show for anything thrown: the sentence of a Problem, the whole trace of a bug. */
export const shown = (error: unknown): string => {
  if (error instanceof Problem) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
};

/** The message of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
