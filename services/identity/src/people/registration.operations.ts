/** Registration: a company with its first administrator, or a person alone. */
import { identity, isRefusal, reply } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { changesBetween, uuid7 } from '@regie/store';
import { companyView, newCompany } from '../companies/company.ts';
import { insertCompany } from '../companies/company.store.ts';
import { judgePassword } from '../passwords/password.ts';
import { enter } from '../scope.store.ts';
import { tellAs, type Tools } from '../tools.ts';
import { emailTaken, normalEmail, personView, type Person } from './person.ts';
import { anyPlatformAdmin, findByEmail, insertPerson, savePersonTerms } from './person.store.ts';

const { userCreated, companyCreated } = identity.facts;

export const registrationOperations = ({ passwords, platformAdmin }: Tools) => ({
  async register({ email, password, firstName, lastName, phone = null, company: asked }, { tx, tell, now }) {
    const company = asked === undefined ? null : newCompany(uuid7(), asked, now);
    if (isRefusal(company)) return company;
    const address = normalEmail(email);
    const weak = judgePassword(password, { email: address, firstName, lastName, company: company?.name ?? null });
    if (weak) return weak;
    // Asked first to spare the hashing; the insert is what decides.
    if (await findByEmail(tx, address)) return emailTaken();
    const person: Person = {
      id: uuid7(), companyId: company?.id ?? null, version: 1, email: address, firstName, lastName, phone, roles: company ? ['admin'] : [],
      platformAdmin: address === platformAdmin && !(await anyPlatformAdmin(tx)), active: true,
      emailVerified: false, lastLoginAt: null, createdAt: now, updatedAt: now, archivedAt: null,
    };
    const scope = { companyId: person.companyId, personId: person.id };
    await enter(tx, scope);
    if (!(await insertPerson(tx, person, await passwords.hash(password)))) return emailTaken();
    const tellIt = tellAs(tell, scope);
    tellIt(userCreated, personView(person), { version: 1, changes: changesBetween({}, personView(person)) });
    if (company) {
      await insertCompany(tx, company);
      await savePersonTerms(tx, person);
      tellIt(companyCreated, companyView(company), { version: 1, changes: changesBetween({}, companyView(company)) });
    }
    return reply({ user: personView(person), ...(company ? { company: companyView(company) } : {}) }, { version: 1, location: '/api/auth/profile' });
  },
} satisfies Partial<HandlersIn<typeof identity.operations>>);
