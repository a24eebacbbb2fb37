/** Changes of a person that several operations make: read and lock, decide, save, tell. */
import { identity, notFound, reply, type Changes, type Refusal, type Reply, type Tell } from '@regie/contracts';
import { changesBetween, stale, type Tx } from '@regie/store';
import { endAndTell, endTokens } from '../access/access.operations.ts';
import { readCompany } from '../companies/company.store.ts';
import type { Scope } from '../scope.store.ts';
import { keepsAnAdmin, personView, type Person, type PersonView } from './person.ts';
import { countOtherAdmins, readPerson, savePerson, savePersonTerms } from './person.store.ts';

const { userChanged, userArchived, accessChanged } = identity.facts;
type Shown = Reply<PersonView>;
type Names = Partial<Pick<Person, 'firstName' | 'lastName' | 'phone'>>;

export const unknownPerson = notFound({ en: 'person', fr: 'personne' });
const shown = (person: Person): Shown => reply(personView(person), { version: person.version });

export async function showPerson(tx: Tx, scope: Scope): Promise<Shown | Refusal<'not-found'>> {
  const person = await readPerson(tx, scope);
  return person ? shown(person) : unknownPerson;
}

/** Of a person in a company the words it is found by change too. */
export async function changeNames(
  tx: Tx, tell: Tell<typeof userChanged>, scope: Scope, { firstName, lastName, phone }: Names, expectedVersion: number | undefined,
): Promise<Shown | Refusal<'not-found' | 'request.stale'>> {
  const before = await readPerson(tx, scope, 'update');
  if (!before) return unknownPerson;
  if (expectedVersion !== undefined && expectedVersion !== before.version) return stale();
  const wanted = { ...before, firstName: firstName ?? before.firstName, lastName: lastName ?? before.lastName, phone: phone === undefined ? before.phone : phone };
  const after = await saveChange(tx, before, wanted, (state, about) => tell(userChanged, state, about));
  if (after !== before) await savePersonTerms(tx, after);
  return shown(after);
}

/** Lets a person sign in again. No token has to end for it: there is none. */
export async function activate(tx: Tx, tell: Tell<typeof userChanged>, scope: Scope): Promise<Shown | Refusal<'not-found'>> {
  const before = await readPerson(tx, scope, 'update');
  return before ? shown(await saveChange(tx, before, { ...before, active: true }, (state, about) => tell(userChanged, state, about))) : unknownPerson;
}

/** Names the person of REGIE_PLATFORM_ADMIN. The next token says so. */
export async function makePlatformAdmin(tx: Tx, tell: Tell<typeof userChanged>, scope: Scope): Promise<void> {
  const before = await readPerson(tx, scope, 'update');
  if (before) await saveChange(tx, before, { ...before, platformAdmin: true }, (state, about) => tell(userChanged, state, about));
}

/**
 * A change of what a person may do: never one that leaves its company without an administrator, and no token outlives it.
 * Takes the company's lock first: two administrators who remove each other come one after the other.
 */
export async function changeAccess(
  tx: Tx, tell: Tell<typeof userChanged | typeof userArchived | typeof accessChanged | typeof identity.facts.sessionEnded>, personId: string, expectedVersion: number | undefined,
  decide: (before: Person) => Person, ends: 'tokens' | 'deactivated' | 'archived',
): Promise<Shown | Refusal<'not-found' | 'request.stale' | 'user.last-admin'>> {
  const scope = { companyId: tx.companyId, personId };
  await readCompany(tx, tx.companyId, 'update');
  const before = await readPerson(tx, scope, 'update');
  if (!before) return unknownPerson;
  if (expectedVersion !== undefined && expectedVersion !== before.version) return stale();
  const wanted = decide(before);
  const refused = keepsAnAdmin(before, wanted, await countOtherAdmins(tx, personId));
  if (refused) return refused;
  const after = await saveChange(tx, before, wanted, (state, about) => (ends === 'archived' ? tell(userArchived, state, about) : tell(userChanged, state, about)));
  if (after === before) return shown(before);
  if (ends === 'tokens') await endTokens(tx, tell, scope, null);
  else await endAndTell(tx, tell, scope, {}, ends);
  return shown(after);
}

/** Saves and tells what differs; nothing, where nothing does. */
async function saveChange(tx: Tx, before: Person, wanted: Person, told: (state: PersonView, about: { version: number; changes: Changes }) => void): Promise<Person> {
  if (Object.keys(changesBetween(personView(before), personView(wanted))).length === 0) return before;
  const after = await savePerson(tx, wanted);
  told(personView(after), { version: after.version, changes: changesBetween(personView(before), personView(after)) });
  return after;
}
