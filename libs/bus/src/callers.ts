/** Who asks, on the wire. The same person asks again and again from the same place: it is written and read once, but for the request's id. */
import type { Caller } from '@regie/contracts';

/** A caller without what differs from request to request. */
export type Person = Omit<Caller, 'requestId'>;

/** People remembered; beyond it the first is forgotten. */
const most = 5_000;
const remember = <Key, Value>(map: Map<Key, Value>, key: Key, value: Value): Value => {
  if (map.size >= most && !map.has(key)) map.delete(map.keys().next().value!);
  map.set(key, value);
  return value;
};

const written = new Map<string, { readonly person: Person; readonly text: string }>();

const isSame = (one: Person, other: Person): boolean =>
  one.id === other.id && one.sessionId === other.sessionId && one.companyId === other.companyId
  && one.ip === other.ip && one.userAgent === other.userAgent && one.language === other.language
  && (one.roles === other.roles || (one.roles.length === other.roles.length && one.roles.every((role, index) => role === other.roles[index])));

/** The person as JSON. */
export function personText(caller: Caller): string {
  // Strangers have no session to be known by.
  const before = caller.sessionId === null ? undefined : written.get(caller.sessionId);
  if (before && isSame(before.person, caller)) return before.text;
  const { requestId: _, ...person } = caller;
  const text = JSON.stringify(person);
  if (person.sessionId !== null) remember(written, person.sessionId, { person, text });
  return text;
}

const read = new Map<string, Person>();
/** Texts longer than any a person has are not remembered. */
const longest = 2_000;

/** Reads a person back. What is given out is shared: it is not to be changed. */
export function readPerson(text: string): Person {
  const before = read.get(text);
  if (before) return before;
  const person = Object.freeze(JSON.parse(text) as Person);
  return text.length > longest || person.sessionId === null ? person : remember(read, text, person);
}
