/** String formats the contracts use beyond JSON Schema's own, as plain functions that every validator registers. */
import Format from 'typebox/format';

const instantForm = /^(?:20\d\d|2100)-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** RFC 3339 with an offset, a day that exists, no leap second, years 2000 to 2100: what every database and clock agrees on. */
export function isInstant(value: string): boolean {
  if (!instantForm.test(value)) return false;
  const day = Number(value.slice(8, 10));
  // Every month has 28 days; only later ones are worth a calendar.
  return day <= 28 || day <= new Date(Date.UTC(Number(value.slice(0, 4)), Number(value.slice(5, 7)), 0)).getUTCDate();
}

let zones: ReadonlySet<string> | undefined;
const zoneForm = /^[A-Z][A-Za-z_]+(?:\/[A-Z][A-Za-z_-]+){1,2}$/;

/** An IANA time zone this runtime can compute with. Offsets such as `+02:00` are not zones: they know no summer time. */
export function isTimeZone(value: string): boolean {
  zones ??= new Set([...Intl.supportedValuesOf('timeZone'), 'UTC']);
  return zones.has(value) || (zoneForm.test(value) && isOtherName(value));
}

/** The runtime lists a zone by one name only, and knows it by all: Asia/Kolkata and Asia/Calcutta, Europe/Kyiv and Europe/Kiev. */
function isOtherName(value: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone.toLowerCase() !== value.toLowerCase();
  } catch {
    return false;
  }
}

// oxlint-disable-next-line no-control-regex -- control characters are exactly what is refused
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]/;
const seen = /[^\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u;
/** Readable text: well-formed Unicode with something to see in it, no control characters but tab and line breaks. */
export const isText = (value: string): boolean => value.isWellFormed() && seen.test(value) && !control.test(value);

const emailForm = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/i;
/** One address as people write it: no comments, no quotes, a domain with a dot. */
export const isEmail = (value: string): boolean => value.length <= 254 && emailForm.test(value);

export const isUuid = (value: string): boolean => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(value);

/** name → check. The gateway's and the services' validators register the same functions. */
export const formats: Readonly<Record<string, (value: string) => boolean>> = {
  instant: isInstant, 'time-zone': isTimeZone, text: isText, email: isEmail, uuid: isUuid,
};

for (const [name, check] of Object.entries(formats)) Format.Set(name, check);
