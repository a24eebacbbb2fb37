/** Passwords and keys of one stack: random, made once, readable by their owner only. */
import { randomBytes } from 'node:crypto';
import { entriesOf, readJson, writeJson } from './files.ts';

export interface Secrets {
  /** The secret of that name; made at the first asking. 43 URL-safe characters (256 bits). */
  readonly of: (name: string) => string;
  /** Writes what was made since, mode 0600. Call before anything starts to depend on them. */
  readonly save: () => Promise<void>;
}

/** Opens the secrets of a stack. */
export async function openSecrets(file: string): Promise<Secrets> {
  const known = entriesOf(await readJson(file), (value): value is string => typeof value === 'string');
  let unsaved = false;
  return {
    of(name) {
      const secret = known[name];
      if (secret !== undefined) return secret;
      unsaved = true;
      return (known[name] = randomBytes(32).toString('base64url'));
    },
    async save() {
      if (unsaved) await writeJson(file, known, 0o600);
      unsaved = false;
    },
  };
}
