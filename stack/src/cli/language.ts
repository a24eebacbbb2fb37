/** The command line speaks the language of the shell. */

export interface Said { readonly en: string; readonly fr: string }
export type Speak = (said: Said) => string;

/** @param env LC_ALL, LC_MESSAGES, LANG: French where they say so, English everywhere else */
export const speaker = (env: NodeJS.ProcessEnv): Speak => {
  const locale = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  return /^fr\b|^fr_/i.test(locale) ? ({ fr }) => fr : ({ en }) => en;
};
