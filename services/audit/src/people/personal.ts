/** Which parts of a fact are about a person, and about whom. These are kept readable only as long as the person's key is kept. */

/** Fields that identity's and the gateway's facts carry about a person. */
const fields: ReadonlySet<string> = new Set(['email', 'firstName', 'lastName', 'phone', 'ip', 'userAgent']);
const sources: ReadonlySet<string> = new Set(['/identity', '/gateway']);

/** Whose origin nobody can know: refused sign-ins of people there are not. One key for all of them. */
export const unknownPerson = 'unknown';

/** Is this field of a fact from there about a person? */
export const isPersonal = (source: string, field: string): boolean => sources.has(source) && fields.has(field);

/** Whom the fields of a fact are about; null when it has none. */
export function personOf(source: string, subject: string, actorId: string | null, state: Readonly<Record<string, unknown>>): string | null {
  if (!sources.has(source) || !Object.keys(state).some((field) => fields.has(field))) return null;
  const { userId } = state;
  return typeof userId === 'string' ? userId : source === '/identity' ? subject : (actorId ?? unknownPerson);
}
