/** Signing in and staying signed in. Tokens are answers only: they are in no fact, no log and no kept answer. */
import Type from 'typebox';
import { Email, Id, Instant, listQuery, Name, nullable, object, optional, page, Phone } from '../common.ts';
import { fact, operation } from '../define.ts';
import { enumeration } from '../enumeration.ts';
import { accessToken, EndedAccess } from './token.ts';
import { Company, CompanyCreation, Password, User, userFacts } from './users.ts';

export const LoginOutcome = enumeration('login-outcome', {
  success: ['Signed in', 'Connecté'], wrong_password: ['Wrong password', 'Mot de passe incorrect'],
  limited: ['Too many attempts', 'Trop de tentatives'], inactive: ['Deactivated account', 'Compte désactivé'],
});

/** Why a session ended. */
export const SessionEnd = enumeration('session-end', {
  logout: ['Signed out', 'Déconnexion'], ended: ['Ended from another session', 'Fermée depuis une autre session'], password: ['Password changed', 'Mot de passe modifié'],
  reused: ['Refresh token used twice', 'Jeton de rafraîchissement utilisé deux fois'],
  deactivated: ['Account deactivated', 'Compte désactivé'], archived: ['Account archived', 'Compte archivé'],
});

/** 256 random bits, base64url. */
const RefreshToken = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', maxLength: 43 });
const Tokens = { accessToken: Type.String({ maxLength: 4000 }), expiresIn: Type.Integer({ minimum: 1 }), refreshToken: RefreshToken };
const Session = object({ id: Id, createdAt: Instant, lastSeenAt: Instant, ip: Type.String(), userAgent: Type.String(), current: Type.Boolean() });
const Login = object({ id: Id, at: Instant, ip: Type.String(), userAgent: Type.String(), outcome: LoginOutcome });

/** `id` names the attempt; where it came from is sealed beside the fact. `userId` is null for an address nobody has. */
const signIn = object({ id: Id, userId: nullable(Id), sessionId: nullable(Id), outcome: LoginOutcome });
const sessionState = object({ id: Id, userId: Id, reason: SessionEnd });
export const sessionFacts = {
  /** Every attempt, also the refused ones. */
  signInAttempted: fact('identity.sign-in.attempted', 1, signIn, { visibility: 'internal' }),
  sessionEnded: fact('identity.session.ended', 1, sessionState, { visibility: 'internal' }),
  /** `id` is the person's. */
  passwordChanged: fact('identity.password.changed', 1, object({ id: Id }), { visibility: 'internal' }),
  /** A key that will sign from `signsFrom` on: read the JWKS again. */
  keyPublished: fact('identity.key.published', 1, object({ id: Id, signsFrom: Instant }), { visibility: 'internal' }),
};
const { signInAttempted, sessionEnded, passwordChanged } = sessionFacts;

/** A P-256 public key as a JWK (RFC 7517). */
export const PublicKey = object({
  kty: Type.Literal('EC'), crv: Type.Literal('P-256'), x: Type.String({ maxLength: 43 }), y: Type.String({ maxLength: 43 }),
  kid: Id, alg: Type.Literal(accessToken.algorithm), use: Type.Literal('sig'),
});

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
    errors: ['auth.credentials-wrong', 'auth.account-inactive', 'rate.limited'], emits: [signInAttempted, sessionFacts.keyPublished],
  }),
  refresh: operation('identity.session.refresh', {
    summary: 'Exchange a refresh token for new tokens', route: 'POST /api/auth/refresh', roles: 'public', rate: 'strict', keyed: false,
    body: object({ refreshToken: RefreshToken }), output: object(Tokens), errors: ['auth.refresh-invalid', 'auth.refresh-reused', 'auth.account-inactive'],
    emits: [sessionEnded, userFacts.accessChanged, sessionFacts.keyPublished],
  }),
  logout: operation('identity.session.close', {
    summary: 'Sign out of this session, or of all', route: 'POST /api/auth/logout', roles: 'self', keyed: false, body: object({ all: optional(Type.Boolean()) }),
    output: Type.Null(), status: 204, emits: [sessionEnded, userFacts.accessChanged],
  }),
  listSessions: operation('identity.session.list', {
    summary: 'List own sessions', route: 'GET /api/auth/sessions', roles: 'self', query: listQuery(['-createdAt'], {}), output: page(Session),
  }),
  endSession: operation('identity.session.end', {
    summary: 'End one of own sessions', route: 'DELETE /api/auth/sessions/:id', roles: 'self', output: Type.Null(), status: 204, emits: [sessionEnded, userFacts.accessChanged],
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
    summary: 'Access that ended in the last 15 minutes', route: null, roles: 'public', output: object({ items: Type.Array(EndedAccess) }),
  }),
  getKeys: operation('identity.keys.get', {
    summary: 'Public keys that access tokens are verified with (JWKS)', route: 'GET /.well-known/jwks.json', roles: 'public',
    output: object({ keys: Type.Array(PublicKey) }),
  }),
};
