/** Headers that mean something to us, read strictly. */
import { refuse, type Refusal } from '@regie/contracts';

/** Longest wait a client may ask for, in seconds. */
export const longestWait = 20;

/** Seconds to wait for a decision, from `Prefer: wait=5`; 0 when none is asked for. */
export function waitOf(prefer: string | undefined): number {
  if (prefer === undefined) return 0;
  const match = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:$|[,;])/i.exec(prefer);
  return match ? Math.min(Number(match[1]), longestWait) : 0;
}

/** The key without the quotes a structured header has; undefined when there is none; a refusal when it is no key. */
export function keyOf(header: string | undefined): string | undefined | Refusal {
  if (header === undefined) return undefined;
  const key = /^"(.*)"$/.exec(header)?.[1] ?? header;
  if (/^[\x20-\x7e]{1,255}$/.test(key) && key.trim() !== '') return key;
  return refuse('request.invalid', { en: 'An Idempotency-Key has 1 to 255 printable ASCII characters.', fr: 'Un Idempotency-Key compte de 1 à 255 caractères ASCII imprimables.' });
}

/** The tag as it came; one that no row has when it cannot be one of ours. */
export const ifMatchOf = (header: string | undefined): string | undefined => (header === undefined || /^(?:\*|"\d{1,15}")$/.test(header) ? header : '"never"');

const types = {
  'application/json': /^application\/json[ \t]*(?:;[ \t]*charset[ \t]*=[ \t]*"?utf-8"?[ \t]*)?$/i,
  'text/csv': /^text\/csv[ \t]*(?:;[ \t]*(?:charset[ \t]*=[ \t]*"?utf-8"?|header[ \t]*=[ \t]*(?:present|absent))[ \t]*)*$/i,
} as const;

/** Why this content is not accepted (415), or undefined. Nothing compressed: a small bomb becomes a large body. */
export function contentRefusal(accepts: keyof typeof types, headers: Readonly<Record<string, string | string[] | undefined>>): Refusal | undefined {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return refuse('request.media-type', { en: 'Send the body uncompressed.', fr: 'Envoyez le corps sans compression.' });
  const type = headers['content-type'];
  const announced = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (type === undefined ? !announced : type === accepts || types[accepts].test(type as string)) return undefined;
  return refuse('request.media-type', { en: `Send the body as ${accepts}, in UTF-8.`, fr: `Envoyez le corps en ${accepts}, en UTF-8.` });
}
