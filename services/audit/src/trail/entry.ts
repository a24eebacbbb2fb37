/** What the trail keeps of a fact: who did what to which thing, when, from where, and the thing's state after it. */
import { isPersonal, personOf, unknownPerson } from '../people/personal.ts';

/** A fact as it was told. */
export interface FactMessage {
  readonly id: string;
  readonly source: string;
  /** `regie.inventory.equipment.created.v1` */
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly companyid: string;
  readonly actorid?: string;
  readonly sequence?: string;
  readonly traceparent?: string;
  readonly data: unknown;
}

export type Changes = Readonly<Record<string, { readonly before: unknown; readonly after: unknown }>>;

/** An entry before its personal fields are sealed, and after they were opened again. */
export interface Entry {
  readonly id: string;
  readonly at: Date;
  readonly companyId: string;
  readonly actorId: string | null;
  readonly action: string;
  readonly entity: string;
  readonly entityId: string;
  /** The thing's version after it; null where it has none. */
  readonly sequence: number | null;
  readonly source: string;
  readonly type: string;
  readonly traceId: string | null;
  /** Whom the personal fields are about, and whom the address: their keys seal them. */
  readonly person: string | null;
  readonly originPerson: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly changes: Changes;
  readonly state: Readonly<Record<string, unknown>>;
}

/** An entry as it is kept, sealed. Changes and state are JSON text: what is hashed is read back to the letter, whatever names and numbers are in it. */
export interface KeptEntry extends Omit<Entry, 'changes' | 'state'> {
  readonly changes: string;
  readonly state: string;
}

/** An entry as it goes into its block. */
export interface BlockEntry extends Pick<Entry, 'id' | 'companyId' | 'at'> {
  /** Everything that is kept of the fact, in its sealed form. */
  readonly text: string;
  /** Hash over the text. */
  readonly leaf: string;
  /** What it is found by. */
  readonly terms: readonly string[];
}

/** Where the actor was. */
export interface Origin { readonly ip: string; readonly userAgent: string }

const typeForm = /^regie\.[a-z][a-z-]*\.([a-z][a-z-]*)\.([a-z][a-z-]*)\.v\d+$/;
const traceForm = /^[0-9a-f]{2}-([0-9a-f]{32})-/;

/** Total on purpose: a fact of a form we do not know is kept all the same, since nothing may be lost and nothing may stop the rest. */
export function entryOf(fact: FactMessage, origin: Origin | undefined): Entry {
  const [, entity = 'unknown', name = 'told'] = typeForm.exec(fact.type) ?? [];
  const { changes, ...state } = (typeof fact.data === 'object' && fact.data !== null ? fact.data : { data: fact.data }) as Record<string, unknown>;
  const actorId = fact.actorid ?? null;
  const person = personOf(fact.source, fact.subject, actorId, state);
  const where = { ip: origin?.ip ?? textOrNull(state['ip']), userAgent: origin?.userAgent ?? textOrNull(state['userAgent']) };
  return {
    id: fact.id, at: timeOf(fact), companyId: fact.companyid, actorId, action: `${entity}.${name}`, entity, entityId: fact.subject, sequence: sequenceOf(fact.sequence),
    source: fact.source, type: fact.type, traceId: traceForm.exec(fact.traceparent ?? '')?.[1] ?? null,
    person, originPerson: where.ip === null && where.userAgent === null ? null : (actorId ?? person ?? unknownPerson), ...where,
    changes: changesOf(changes), state,
  };
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const sequenceOf = (sequence: string | undefined): number | null => (sequence !== undefined && /^\d{1,15}$/.test(sequence) ? Number(sequence) : null);

/** The fact's time; else the time in its UUIDv7; the same whenever it is heard. */
function timeOf({ time, id }: FactMessage): Date {
  const told = new Date(time);
  if (!Number.isNaN(told.getTime())) return told;
  const inId = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
  return new Date(Number.isSafeInteger(inId) && inId < 8.64e15 ? inId : 0);
}

function changesOf(changes: unknown): Changes {
  if (typeof changes !== 'object' || changes === null) return {};
  return Object.fromEntries(Object.entries(changes).map(([field, change]) => {
    const [before = null, after = null] = Array.isArray(change) ? (change as unknown[]) : [null, change];
    return [field, { before, after }];
  }));
}

/** Gives each personal value to `turn` with its place (`<id>|state.email`), and puts what comes back in its stead. */
export function personalTurned(entry: Entry, turn: (person: string, place: string, value: unknown) => unknown): Entry {
  const { id, source, person, originPerson } = entry;
  if (person === null && originPerson === null) return entry;
  const here = (path: string, field: string, value: unknown) =>
    person !== null && value !== null && value !== undefined && isPersonal(source, field) ? turn(person, `${id}|${path}`, value) : value;
  const origin = (path: 'ip' | 'userAgent') => (originPerson === null || entry[path] === null ? entry[path] : (turn(originPerson, `${id}|${path}`, entry[path]) as string | null));
  return {
    ...entry, ip: origin('ip'), userAgent: origin('userAgent'),
    changes: Object.fromEntries(Object.entries(entry.changes).map(([field, { before, after }]) =>
      [field, { before: here(`changes.${field}.before`, field, before), after: here(`changes.${field}.after`, field, after) }])),
    state: Object.fromEntries(Object.entries(entry.state).map(([field, value]) => [field, here(`state.${field}`, field, value)])),
  };
}

/** What the leaf is made over and what is kept: everything told by the fact, in its sealed form. */
export const leafText = ({
  id, at, companyId, actorId, action, entity, entityId, sequence, source, type, traceId, person, originPerson, ip, userAgent, changes, state,
}: KeptEntry): string =>
  JSON.stringify([id, at, companyId, actorId, action, entity, entityId, sequence, source, type, traceId, person, originPerson, ip, userAgent, changes, state]);

/** The entry that a text of `leafText` tells. @throws {SyntaxError} when it is none */
export function keptEntryOf(text: string): KeptEntry {
  const parts = JSON.parse(text) as unknown;
  if (!Array.isArray(parts) || parts.length !== 17) throw new SyntaxError('not an entry');
  const [id, at, companyId, actorId, action, entity, entityId, sequence, source, type, ...rest] = parts as string[];
  const [traceId, person, originPerson, ip, userAgent, changes, state] = rest;
  const who = { id, at: new Date(at!), companyId, actorId, action, entity, entityId, sequence, source, type };
  return { ...who, traceId, person, originPerson, ip, userAgent, changes, state } as unknown as KeptEntry;
}

/** The same with changes and state read. */
export const entryFrom = ({ changes, state, ...kept }: KeptEntry): Entry => ({ ...kept, changes: JSON.parse(changes) as Changes, state: JSON.parse(state) as Entry['state'] });

/** The same without anything personal: two of them are equal when they tell of the same fact, whoever was erased between them. */
export const toldText = (entry: Entry): string => {
  const { id, at, companyId, actorId, action, entityId, sequence, source, type, changes, state } = personalTurned({ ...entry, ip: null, userAgent: null }, () => null);
  return JSON.stringify([id, at, companyId, actorId, action, entityId, sequence, source, type, changes, state]);
};

/** `Éclair 2` → `eclair`, `2`: words without case and accents. */
export const wordsOf = (text: string): string[] =>
  [...new Set(text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().split(/[^\p{L}\p{N}-]+/u)
    .flatMap((word) => (uuidForm.test(word) ? [word] : [word, ...word.split('-')])))]
    .filter((word) => word.length > 0).map((word) => word.slice(0, 60));

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Fields by which people know a thing. */
const naming = ['reference', 'name', 'brand', 'model', 'title', 'eventName'];

/** The term of every entry: what is listed without a filter. No word is it. */
export const anyTerm = '*';

/** Of an entry's terms those it is found by when it is asked for by its fields, or by none. */
export const filterTermsOf = ({ action, entity, entityId, actorId }: Pick<Entry, 'action' | 'entity' | 'entityId' | 'actorId'>): string[] =>
  [anyTerm, action, entity, entityId, ...(actorId === null ? [] : [actorId])];

/** Words of actions, of which there are few: taking one apart costs as much as all else of an entry's terms. */
const wordsOfActions = new Map<string, readonly string[]>();
function wordsOfAction(action: string): readonly string[] {
  let words = wordsOfActions.get(action);
  if (words === undefined) {
    // Of forms we do not know there may be any number.
    if (wordsOfActions.size === 1_000) wordsOfActions.clear();
    wordsOfActions.set(action, (words = wordsOf(action.replace('.', ' '))));
  }
  return words;
}

/** The terms an entry is found by: those of its filters first, then the words of its action and its name. Nothing personal: an index cannot be made unreadable. */
export const termsOf = (entry: Entry): string[] => {
  const { action, source, state } = entry;
  const named = naming.flatMap((field) => (typeof state[field] === 'string' && !isPersonal(source, field) ? wordsOf(state[field]) : []));
  return [...new Set([...filterTermsOf(entry), ...wordsOfAction(action), ...named])].slice(0, 24);
};

/** Whose trail the caller asks about: facts of nobody's company are told under this name. */
export const companyOf = ({ companyId }: { readonly companyId: string | null }): string => companyId ?? 'platform';

/** May this caller see the whole company's trail, or only what it did itself? */
export const seesAll = ({ roles }: { readonly roles: readonly string[] }): boolean => roles.includes('admin') || roles.includes('platform_admin');
