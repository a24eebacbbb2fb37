/** One line of the doctor. */
import type { Said } from '../language.ts';

export interface Finding {
  readonly ok: boolean;
  readonly what: Said;
  /** What to do next, when it is not. */
  readonly next?: Said;
}

export const good = (what: Said): Finding => ({ ok: true, what });
export const bad = (what: Said, next?: Said): Finding => ({ ok: false, what, ...(next && { next }) });
export const judge = (ok: boolean, what: Said, otherwise: Said, next: Said): Finding => (ok ? good(what) : bad(otherwise, next));

/** A server nobody named. */
export const unnamed = (server: string, variable: string): Finding => bad(
  { en: `${server}: no address`, fr: `${server} : pas d’adresse` },
  { en: `start everything here with \`npm start\`, or name the server in ${variable}`, fr: `tout lancer ici avec \`npm start\`, ou indiquer le serveur dans ${variable}` });
