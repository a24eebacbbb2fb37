/** What must be undone at the end, in the reverse of the order it was done. */
import { messageOf } from './problem.ts';

export type Undo = () => void | Promise<void>;

export interface Cleanup {
  /** Remembers; when the end has come already (Ctrl-C while starting) undoes at once. */
  readonly add: (undo: Undo) => Promise<void>;
  /** Undoes all, last first; one that fails does not keep the others from it. Safe to call twice. */
  readonly run: () => Promise<void>;
}

/** @param say hears what could not be undone */
export function cleanup(say: (line: string) => void): Cleanup {
  const undos: Undo[] = [];
  let ended: Promise<void> | undefined;
  const attempt = async (undo: Undo): Promise<void> => {
    try {
      await undo();
    } catch (error) {
      say(`while stopping: ${messageOf(error)}`);
    }
  };
  const all = async (): Promise<void> => {
    for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) await attempt(undo);
  };
  return {
    async add(undo) {
      if (ended === undefined) undos.push(undo);
      else await attempt(undo);
    },
    run: () => (ended ??= all()),
  };
}
