/** People and companies: accounts, roles, activation. */
import Type from 'typebox';
import { Role, staff } from '../caller.ts';
import { Currency, Email, Id, Instant, list, listQuery, Name, nullable, object, optional, page, Phone, Search, stamps, TimeZone } from '../common.ts';
import { fact, operation } from '../define.ts';
import { enumeration } from '../enumeration.ts';
import { EndedAccess } from './token.ts';

export const Locale = enumeration('locale', { fr: ['French', 'Français'], en: ['English', 'Anglais'] });

/** At most 200 characters; the least length and strength are a rule, answered 422 `password.too-weak`. */
export const Password = Type.String({ format: 'text', minLength: 1, maxLength: 200 });
/** Roles somebody may hold in a company. */
export const CompanyRoles = list(Type.Enum(Role.enum.filter((role) => role !== 'platform_admin')), 10, 1);

export const User = object({
  ...stamps, email: Email, firstName: Name, lastName: Name, phone: nullable(Phone), roles: Type.Array(Role), active: Type.Boolean(),
  emailVerified: Type.Boolean(), companyId: nullable(Id), lastLoginAt: nullable(Instant), archivedAt: nullable(Instant),
});

const companyFields = { name: Name, siret: nullable(Type.String({ pattern: '^[0-9]{14}$' })), timeZone: TimeZone, currency: Currency, locale: Locale };
export const Company = object({ ...stamps, ...companyFields });
export const CompanyCreation = object({
  name: Name, siret: optional(Type.String({ pattern: '^[0-9 ]{14,20}$', maxLength: 20 })), timeZone: optional(TimeZone), currency: optional(Currency), locale: optional(Locale),
});

const names = { firstName: Name, lastName: Name, phone: optional(Phone) };
const namesPatch = { firstName: optional(Name), lastName: optional(Name), phone: optional(nullable(Phone)) };

export const userFacts = {
  userCreated: fact('identity.user.created', 1, User, { visibility: 'internal' }),
  userChanged: fact('identity.user.changed', 1, User, { visibility: 'internal' }),
  userArchived: fact('identity.user.archived', 1, User, { visibility: 'internal' }),
  companyCreated: fact('identity.company.created', 1, Company, { visibility: 'partner' }),
  companyChanged: fact('identity.company.changed', 1, Company, { visibility: 'partner' }),
  /** Tokens issued before `notBefore` are no longer good: of the session named, or of all the person has. `id` names this change. */
  accessChanged: fact('identity.access.changed', 1, object({ id: Id, ...EndedAccess.properties }), { visibility: 'internal' }),
};
const { userCreated, userChanged, userArchived, companyChanged, accessChanged } = userFacts;

export const userOperations = {
  getProfile: operation('identity.profile.get', { summary: 'Read own profile', route: 'GET /api/auth/profile', roles: 'self', output: User }),
  patchProfile: operation('identity.profile.patch', {
    summary: 'Change own profile', route: 'PATCH /api/auth/profile', roles: 'self', body: object(namesPatch), output: User, emits: [userChanged],
  }),
  listUsers: operation('identity.user.list', {
    summary: 'List the people of the company', route: 'GET /api/users', roles: ['admin'],
    query: listQuery(['-createdAt', 'createdAt', 'lastName'],
      { role: optional(Role), active: optional(Type.Boolean()), archived: optional(Type.Boolean()), q: optional(Search) }),
    output: page(User),
  }),
  createUser: operation('identity.user.create', {
    summary: 'Add a person to the company', route: 'POST /api/users', roles: ['admin'], secrets: ['password'],
    body: object({ email: Email, ...names, roles: CompanyRoles, password: Password }), output: User, status: 201,
    errors: ['user.email-taken', 'password.too-weak'], emits: [userCreated],
  }),
  getUser: operation('identity.user.get', { summary: 'Read one person', route: 'GET /api/users/:id', roles: ['admin'], output: User }),
  patchUser: operation('identity.user.patch', {
    summary: 'Change a person', route: 'PATCH /api/users/:id', roles: ['admin'], body: object(namesPatch), output: User, emits: [userChanged],
  }),
  archiveUser: operation('identity.user.archive', {
    summary: 'Archive a person; its tokens stop at once', route: 'DELETE /api/users/:id', roles: ['admin'], output: Type.Null(), status: 204,
    errors: ['user.last-admin'], emits: [userArchived, accessChanged],
  }),
  activateUser: operation('identity.user.activate', {
    summary: 'Let a person sign in again', route: 'POST /api/users/:id/activate', roles: ['admin'], output: User, emits: [userChanged],
  }),
  deactivateUser: operation('identity.user.deactivate', {
    summary: 'Stop a person signing in; its tokens stop at once', route: 'POST /api/users/:id/deactivate', roles: ['admin'], output: User,
    errors: ['user.last-admin'], emits: [userChanged, accessChanged],
  }),
  setUserRoles: operation('identity.user.set-roles', {
    summary: "Replace a person's roles", route: 'PUT /api/users/:id/roles', roles: ['admin'], body: object({ roles: CompanyRoles }), output: User,
    errors: ['user.last-admin'], emits: [userChanged, accessChanged],
  }),
  getCompany: operation('identity.company.get', { summary: 'Read own company', route: 'GET /api/companies/current', roles: staff, output: Company }),
  patchCompany: operation('identity.company.patch', {
    summary: 'Change own company', route: 'PATCH /api/companies/current', roles: ['admin'],
    body: object({
      name: optional(Name), siret: optional(nullable(Type.String({ pattern: '^[0-9 ]{14,20}$', maxLength: 20 }))),
      timeZone: optional(TimeZone), currency: optional(Currency), locale: optional(Locale),
    }),
    output: Company, errors: ['company.siret-invalid'], emits: [companyChanged],
  }),
};
