/** Which of our two languages somebody reads. */
import type { Language } from '@regie/contracts';

const known = new Map<string, Language>();

/** The best of English and French for an `Accept-Language`; English when it names neither. */
export function languageOf(header: string | undefined): Language {
  if (header === undefined) return 'en';
  const cached = known.get(header);
  if (cached !== undefined) return cached;
  const language = best(header);
  // Browsers send a handful of these; a client that sends thousands gets no memory of ours.
  if (known.size < 500 && header.length < 200) known.set(header, language);
  return language;
}

function best(header: string): Language {
  const wanted = header.split(',').map((part) => {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
    const quality = parameters.map((one) => /^\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*$/.exec(one)?.[1]).find((one) => one !== undefined);
    return { language: tag.split('-')[0], quality: quality === undefined ? 1 : Number(quality) };
  });
  const of = (language: Language) => Math.max(0, ...wanted.filter((one) => one.language === language).map(({ quality }) => quality));
  return of('fr') > of('en') ? 'fr' : 'en';
}
