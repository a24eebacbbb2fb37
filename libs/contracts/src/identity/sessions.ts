/** Signing in and staying signed in. Tokens are answers only: they are in no fact, no log and no kept answer. */
import Type from 'typebox';
import { Email, Id, Instant, listQuery, Name, nullable, object, optional, page, Phone } from '../common.ts';
import { fact, operation } from '../define.ts';
import { enumeration } from '../enumeration.ts';
import { Company, CompanyCreation, Password, User, userFacts } from './users.ts';

export const LoginOutcome = enumeration('login-outcome', {
  success: ['Signed in', 'Connecté'], wrong_password: ['Wrong password', 'Mot de passe incorrect'],
  limited: ['Too many attempts', 'Trop de tentatives'], inactive: ['Deactivated account', 'Compte désactivé'],
});

const RefreshToken = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', maxLength: 43 });
const Tokens = { accessToken: Type.String({ maxLength: 4000 }), expiresIn: Type.Integer({ minimum: 1 }), refreshToken: RefreshToken };
const Session = object({ id: Id, createdAt: Instant, lastSeenAt: Instant, ip: Type.String(), userAgent: Type.String(), current: Type.Boolean() });
const Login = object({ id: Id, at: Instant, ip: Type.String(), userAgent: Type.String(), outcome: LoginOutcome });

/** Internal: sign-ins, also refused ones, for the audit trail. `id` is the person's. */
const signIn = object({ id: Id, outcome: LoginOutcome, ip: Type.String(), userAgent: Type.String() });
const sessionState = object({ id: Id, userId: Id, reason: Type.String() });
export const sessionFacts = {
  signInAttempted: fact('identity.sign-in.attempted', 1, signIn, { visibility: 'internal' }),
  sessionEnded: fact('identity.session.ended', 1, sessionState, { visibility: 'internal' }),
  passwordChanged: fact('identity.password.changed', 1, object({ id: Id }), { visibility: 'internal' }),
};
const { signInAttempted, sessionEnded, passwordChanged } = sessionFacts;

export const sessionOperations = {
  register: operation('identity.account.register', {
    summary: 'Register a company with its first administrator, or a person alone', route: 'POST /api/auth/register', roles: 'public', rate: 'strict', keyed: false,
    body: object({ email: Email, password: Password, firstName: Name, lastName: Name, phone: optional(Phone), company: optional(CompanyCreation) }),
    output: object({ user: User, company: optional(Company) }), status: 201,
    errors: ['user.email-taken', 'password.too-weak', 'company.siret-invalid'], emits: [userFacts.userCreated, userFacts.companyCreated],
  }),
  login: operation('identity.session.open', {
    summary: 'Sign in', route: 'POST /api/auth/login', roles: 'public', rate: 'strict', keyed: false, body: object({ email: Email, password: Password }),
    output: object({ ...Tokens, user: User, events: Type.Array(object({ id: Id, name: Name, role: Type.String() })) }),
    errors: ['auth.credentials-wrong', 'auth.account-inactive', 'rate.limited'], emits: [signInAttempted],
  }),
  refresh: operation('identity.session.refresh', {
    summary: 'Exchange a refresh token for new tokens', route: 'POST /api/auth/refresh', roles: 'public', rate: 'strict', keyed: false,
    body: object({ refreshToken: RefreshToken }), output: object(Tokens), errors: ['auth.refresh-invalid', 'auth.refresh-reused', 'auth.account-inactive'], emits: [sessionEnded, userFacts.accessChanged],
  }),
  logout: operation('identity.session.close', {
    summary: 'Sign out of this session, or of all', route: 'POST /api/auth/logout', roles: 'self', keyed: false, body: object({ all: optional(Type.Boolean()) }),
    output: Type.Null(), status: 204, emits: [sessionEnded, userFacts.accessChanged],
  }),
  listSessions: operation('identity.session.list', {
    summary: 'List own sessions', route: 'GET /api/auth/sessions', roles: 'self', query: listQuery(['-createdAt'], {}), output: page(Session),
  }),
  endSession: operation('identity.session.end', {
    summary: 'End one of own sessions', route: 'DELETE /api/auth/sessions/:id', roles: 'self', output: Type.Null(), status: 204, emits: [sessionEnded],
  }),
  listLogins: operation('identity.login.list', {
    summary: 'Login history: own, or for an administrator of one of its people', route: 'GET /api/auth/login-history', roles: 'self',
    query: listQuery(['-at'], { userId: optional(Id) }), output: page(Login),
  }),
  changePassword: operation('identity.password.change', {
    summary: 'Change own password; other sessions end', route: 'POST /api/auth/change-password', roles: 'self', rate: 'strict', keyed: false,
    body: object({ currentPassword: Password, newPassword: Password }), output: Type.Null(), status: 204,
    errors: ['auth.credentials-wrong', 'password.too-weak', 'rate.limited'], emits: [passwordChanged, sessionEnded, userFacts.accessChanged],
  }),
  /** Asked by each gateway at its start and now and then, so that a missed message revokes nothing too late. */
  recentAccessChanges: operation('identity.access.recent', {
    summary: 'Access that ended in the last 15 minutes', route: null, roles: 'public', output: object({ items: Type.Array(object({ userId: Id, sessionId: nullable(Id), notBefore: Instant })) }),
  }),
  getKeys: operation('identity.keys.get', {
    summary: 'Public keys that access tokens are verified with (JWKS)', route: 'GET /.well-known/jwks.json', roles: 'public',
    output: object({ keys: Type.Array(object({ kty: Type.String(), crv: Type.String(), x: Type.String(), y: optional(Type.String()), kid: Type.String(), alg: Type.String(), use: Type.String() })) }),
  }),
};
