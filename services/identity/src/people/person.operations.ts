/** An administrator looks after the people of the company. */
import { identity, isRefusal, reply } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { changesBetween, uuid7 } from '@regie/store';
import { readCompany } from '../companies/company.store.ts';
import { judgePassword } from '../passwords/password.ts';
import type { Tools } from '../tools.ts';
import { activate, changeAccess, changeNames, showPerson } from './change.operations.ts';
import { emailTaken, normalEmail, personView, type Person } from './person.ts';
import { findByEmail, insertPerson, listPeople, savePersonTerms } from './person.store.ts';

const { userCreated } = identity.facts;

export const personOperations = ({ passwords }: Tools) => ({
  async listUsers(asked, { tx }) {
    const page = await listPeople(tx, asked);
    return isRefusal(page) ? page : { items: page.rows.map(personView), nextCursor: page.nextCursor };
  },

  async createUser({ email, firstName, lastName, phone = null, roles, password }, { tx, tell, now }) {
    const address = normalEmail(email);
    const weak = judgePassword(password, { email: address, firstName, lastName, company: (await readCompany(tx, tx.companyId))?.name ?? null });
    if (weak) return weak;
    if (await findByEmail(tx, address)) return emailTaken();
    const person: Person = {
      id: uuid7(), companyId: tx.companyId, version: 1, email: address, firstName, lastName, phone, roles: [...new Set(roles)], platformAdmin: false,
      active: true, emailVerified: false, lastLoginAt: null, createdAt: now, updatedAt: now, archivedAt: null,
    };
    if (!(await insertPerson(tx, person, await passwords.hash(password)))) return emailTaken();
    await savePersonTerms(tx, person);
    tell(userCreated, personView(person), { version: 1, changes: changesBetween({}, personView(person)) });
    return reply(personView(person), { version: 1 });
  },

  getUser: ({ id }, { tx }) => showPerson(tx, { companyId: tx.companyId, personId: id }),

  patchUser: ({ id, ...sent }, { tx, tell, expectedVersion }) => changeNames(tx, tell, { companyId: tx.companyId, personId: id }, sent, expectedVersion),

  async archiveUser({ id }, { tx, tell, now, expectedVersion }) {
    const answer = await changeAccess(tx, tell, id, expectedVersion, (before) => ({ ...before, archivedAt: before.archivedAt ?? now }), 'archived');
    return isRefusal(answer) ? answer : null;
  },

  activateUser: ({ id }, { tx, tell }) => activate(tx, tell, { companyId: tx.companyId, personId: id }),

  deactivateUser: ({ id }, { tx, tell }) => changeAccess(tx, tell, id, undefined, (before) => ({ ...before, active: false }), 'deactivated'),

  setUserRoles: ({ id, roles }, { tx, tell, expectedVersion }) => changeAccess(tx, tell, id, expectedVersion, (before) => ({ ...before, roles: [...new Set(roles)] }), 'tokens'),
} satisfies Partial<HandlersIn<typeof identity.operations>>);
