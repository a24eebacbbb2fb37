/** Every "no" the system knows, with its HTTP status and its title; and how a rule says one. */
import type { Text } from './enumeration.ts';
import type { Language } from './caller.ts';

/** code: [status, English title, French title] */
export const problems = {
  'request.malformed': [400, 'The request cannot be read', 'La requête est illisible'],
  'request.invalid': [400, 'The request is not valid', "La requête n'est pas valide"],
  'request.cursor-invalid': [400, 'The cursor is not valid', "Le curseur n'est pas valide"],
  'idempotency.key-missing': [400, 'An Idempotency-Key is required', 'Un en-tête Idempotency-Key est requis'],
  'auth.required': [401, 'Please sign in', 'Connexion requise'],
  'auth.token-invalid': [401, 'The access token is not valid', "Le jeton d'accès n'est pas valide"],
  'auth.credentials-wrong': [401, 'Wrong e-mail or password', 'E-mail ou mot de passe incorrect'],
  'auth.refresh-invalid': [401, 'The refresh token is not valid', "Le jeton de rafraîchissement n'est pas valide"],
  'auth.refresh-reused': [401, 'The refresh token was already used', 'Le jeton de rafraîchissement a déjà servi'],
  'auth.forbidden': [403, 'Your role does not allow this', 'Votre rôle ne le permet pas'],
  'auth.account-inactive': [403, 'This account is deactivated', 'Ce compte est désactivé'],
  'not-found': [404, 'Not found', 'Introuvable'],
  'request.method': [405, 'This address knows no such method', "Cette adresse ne connaît pas cette méthode"],
  'request.timeout': [408, 'The request came too slowly', 'La requête est arrivée trop lentement'],
  'idempotency.in-progress': [409, 'The same request is still being answered', 'La même requête est en cours de traitement'],
  'user.email-taken': [409, 'This e-mail address is in use', 'Cette adresse e-mail est déjà utilisée'],
  'user.last-admin': [409, 'A company keeps at least one administrator', 'Une entreprise garde au moins un administrateur'],
  'category.built-in': [409, 'Built-in categories cannot be changed', 'Les catégories fournies ne se modifient pas'],
  'category.in-use': [409, 'The category is in use', 'La catégorie est utilisée'],
  'category.code-taken': [409, 'This key or code is in use', 'Cette clé ou ce code est déjà utilisé'],
  'customer.in-use': [409, 'The customer has open events', 'Le client a des événements ouverts'],
  'event.in-use': [409, 'The event has open work', "L'événement a du travail en cours"],
  'equipment.in-use': [409, 'The equipment is promised or out', 'Le matériel est promis ou sorti'],
  'equipment.total-below-promised': [409, 'More pieces are promised than that', 'Davantage de pièces sont promises'],
  'reservation.unavailable': [409, 'Not enough equipment is free', "Il n'y a pas assez de matériel libre"],
  'reservation.duplicate': [409, 'The event has this equipment already', "L'événement a déjà ce matériel"],
  'reservation.state': [409, 'The reservation does not allow this now', 'La réservation ne le permet pas maintenant'],
  'reservation.early-unavailable': [409, 'Not free before its period', "Pas libre avant sa période"],
  'maintenance.state': [409, 'The maintenance does not allow this now', 'La maintenance ne le permet pas maintenant'],
  'loss.state': [409, 'The loss is settled already', 'La perte est déjà réglée'],
  'event.state': [409, 'The event does not allow this now', "L'événement ne le permet pas maintenant"],
  'event.dates-unavailable': [409, 'Equipment is not free on the new dates', "Du matériel n'est pas libre aux nouvelles dates"],
  'event.lines-undecided': [409, 'Reservations are still being decided', 'Des réservations sont en cours de décision'],
  'event.items-out': [409, 'Equipment is still out', 'Du matériel est encore sorti'],
  'request.stale': [412, 'It has changed meanwhile', 'Modifié entre-temps'],
  'request.too-large': [413, 'The request is too large', 'La requête est trop volumineuse'],
  'request.media-type': [415, 'This content type is not accepted', "Ce type de contenu n'est pas accepté"],
  'idempotency.key-reused': [422, 'The key was used for another request', 'La clé a servi à une autre requête'],
  'event.dates-out-of-order': [422, 'Dates must go installation, start, end, dismantling', 'Ordre attendu : installation, début, fin, démontage'],
  'period.invalid': [422, 'A period ends after it starts', 'Une période finit après son début'],
  'period.too-long': [422, 'The period is too long or too far away', 'La période est trop longue ou trop lointaine'],
  'password.too-weak': [422, 'Choose a stronger password', 'Choisissez un mot de passe plus fort'],
  'company.siret-invalid': [422, 'This SIRET number is not valid', "Ce numéro SIRET n'est pas valide"],
  'money.currency-mismatch': [422, 'Amounts must be in one currency', 'Les montants doivent être dans une seule devise'],
  'category.unknown': [422, 'Unknown category', 'Catégorie inconnue'],
  'reservation.more-than-out': [422, 'More than is out', "Plus que ce qui est sorti"],
  'maintenance.units-required': [422, 'Name the pieces', 'Indiquez les pièces'],
  'force.reason-missing': [422, 'Forcing it needs a reason', 'Forcer demande un motif'],
  'file.refused': [422, 'The file is refused', 'Le fichier est refusé'],
  'rate.limited': [429, 'Too many requests', 'Trop de requêtes'],
  'internal': [500, 'Something went wrong on our side', 'Une erreur est survenue de notre côté'],
  'service.unavailable': [503, 'Temporarily unavailable', 'Momentanément indisponible'],
  'service.overloaded': [503, 'Too busy right now', 'Trop de demandes en ce moment'],
} as const satisfies Readonly<Record<string, readonly [status: number, en: string, fr: string]>>;

export type ProblemCode = keyof typeof problems;

/** Any operation may answer these; contracts list only what is their own. */
export type CommonCode = 'not-found' | 'request.invalid' | 'request.stale' | 'auth.forbidden' | 'request.cursor-invalid';

/** Points at what is wrong in the request: a JSON pointer into the body, or `?name` for a query parameter. */
export interface FieldError {
  readonly pointer: string;
  readonly message: string;
}

/** The same as a refusal says it: in both languages, of which the caller is given one. */
export interface FieldFault {
  readonly pointer: string;
  readonly message: Text;
}

const refusal = Symbol('refusal');

/** A "no" the contract knows about, as a value. What is thrown is a bug or an outage. */
export interface Refusal<Code extends ProblemCode = ProblemCode> {
  readonly [refusal]: true;
  readonly code: Code;
  readonly detail: Text;
  /** Members of the problem beyond RFC 9457's own: `errors` (of `FieldFault`s), `shortages`, `blocking` … */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** Says no. `detail` tells the person what to do next, in both languages. */
export const refuse = <const Code extends ProblemCode>(code: Code, detail: Text, extra: Readonly<Record<string, unknown>> = {}): Refusal<Code> =>
  ({ [refusal]: true, code, detail, extra });

/** Is it a "no", and not an answer? */
export const isRefusal = (value: unknown): value is Refusal => typeof value === 'object' && value !== null && refusal in value;

/** Nothing of that id in the caller's company. The pointer names the place of the id when it came in a body. */
export const notFound = (what: Text, pointer?: string): Refusal<'not-found'> =>
  refuse('not-found', { en: `No such ${what.en}.`, fr: `Introuvable : ${what.fr}.` }, pointer ? { errors: [{ pointer, message: { en: 'unknown', fr: 'inconnu' } }] } : {});

/** The content type of a problem. */
export const problemType = 'application/problem+json; charset=utf-8';

/** An RFC 9457 problem as it goes over the wire. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly errors?: readonly FieldError[];
  readonly instance?: string;
  readonly traceId?: string;
  readonly [more: string]: unknown;
}

/** The refusal in the language of who asked. */
export function problemOf({ code, detail, extra }: Refusal, language: Language): Problem {
  const [status, en, fr] = problems[code];
  const { errors } = extra;
  // Its own members last: none of the extra ones may take their place.
  return {
    ...extra, ...(Array.isArray(errors) ? { errors: errors.map((one) => said(one as FieldError | FieldFault, language)) } : {}),
    type: `urn:regie:problem:${code}`, title: language === 'fr' ? fr : en, status, detail: detail[language], code,
  };
}

/** What the door found wrong comes in the caller's language already. */
const said = ({ pointer, message }: FieldError | FieldFault, language: Language): FieldError => ({ pointer, message: typeof message === 'string' ? message : message[language] });
