/** The languages in which the story is told. */
export type Lang = 'fr' | 'en';

/** One sentence of the story in both languages. */
export type Text = Record<Lang, string>;

/** Prints the story; nothing else of the demo writes on the screen. */
export interface Narrator {
  lang: Lang;
  /** Opens a numbered chapter. */
  chapter(title: Text): void;
  /** A sentence of the story. */
  say(text: Text): void;
  /** A detail below the last sentence or request. */
  detail(text: Text): void;
  /** A line that is the same in both languages: a request, a row of a table. */
  line(text: string): void;
}

/** The language asked for with `--lang`, else the environment's, else English. */
export const languageOf = (asked: string | undefined, env: Record<string, string | undefined>): Lang => {
  const locale = asked ?? env['LC_ALL'] ?? env['LANG'] ?? '';
  return locale.toLowerCase().startsWith('fr') ? 'fr' : 'en';
};

/** A narrator that writes lines with `write`; bold and dim only where the terminal shows them. */
export const narrator = (lang: Lang, write: (line: string) => void, colours: boolean): Narrator => {
  const style = (code: number, text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  let chapters = 0;
  return {
    lang,
    chapter: (title) => write(`\n${style(1, `${++chapters}. ${title[lang]}`)}`),
    say: (text) => write(`   ${text[lang]}`),
    detail: (text) => write(`     · ${text[lang]}`),
    line: (text) => write(style(2, `     ${text}`)),
  };
};
