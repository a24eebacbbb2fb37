/** Who may come in: not too many, not too often, with a good token, in a role that may. Decided before the body is read. */
import { allows, refuse, type AccessClaims, type Caller, type Operation, type ProblemCode, type Refusal } from '@regie/contracts';
import { sendProblem, type About } from '@regie/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Rates } from './config.ts';
import type { Endings } from './ended-access.ts';
import { addressKey, type Count, type Limits } from './limits.ts';
import type { Tokens } from './tokens.ts';

declare module 'fastify' {
  interface FastifyRequest { caller: Caller | undefined }
}

export interface Gate {
  readonly tokens: Tokens;
  readonly endings: Endings;
  readonly limits: Limits;
  readonly rates: Rates;
  /** More in hand than there should be? */
  readonly overloaded: () => boolean;
  /** Whether keys and ended access are known; asks for them when not, and waits a little. */
  ready(): boolean | Promise<boolean>;
  /** Asks for keys again, since a token names one we do not have. */
  newKeys(): Promise<void>;
  refused(operation: Operation, code: ProblemCode, request: FastifyRequest): void;
}

export function openAdmission(gate: Gate) {
  const { tokens, limits, rates } = gate;

  const limited = (reply: FastifyReply, { exceeded, limit, remaining, reset }: Count): Refusal | undefined => {
    if (!exceeded) return undefined;
    reply.header('retry-after', reset).header('ratelimit-limit', limit).header('ratelimit-remaining', remaining).header('ratelimit-reset', reset);
    return tooMany;
  };
  /** Whoever is not signed in is counted by address, wrong tokens too. */
  const stranger = (request: FastifyRequest, reply: FastifyReply): Refusal | undefined => limited(reply, limits.note(`a:${addressKey(request.ip)}`, rates.address));

  const withToken = (operation: Operation, request: FastifyRequest, reply: FastifyReply, token: string): Refusal | undefined | Promise<Refusal | undefined> => {
    const verdict = tokens.read(token, Date.now());
    if (verdict !== 'unknown-key') return signedIn(operation, request, reply, verdict);
    return gate.newKeys().then(() => {
      const second = tokens.read(token, Date.now());
      return signedIn(operation, request, reply, second === 'unknown-key' ? 'invalid' : second);
    });
  };
  const signedIn = (operation: Operation, request: FastifyRequest, reply: FastifyReply, claims: AccessClaims | 'invalid'): Refusal | undefined => {
    if (claims === 'invalid') return stranger(request, reply) ?? invalid;
    if (gate.endings.ends(claims)) return stranger(request, reply) ?? ended;
    const caller = callerOf(request, claims);
    request.caller = caller;
    const often = limited(reply, limits.note(`p:${claims.sub}`, rates.person));
    if (often) return often;
    if (allows(operation.roles, caller)) return undefined;
    gate.refused(operation, 'auth.forbidden', request);
    return forbidden;
  };

  return {
    /** For what is no operation: pages and documents. @returns true when it was refused */
    limitStranger(request: FastifyRequest, reply: FastifyReply): boolean {
      const refusal = stranger(request, reply);
      if (refusal) sendProblem(request, reply, refusal);
      return refusal !== undefined;
    },
    admit(operation: Operation, request: FastifyRequest, reply: FastifyReply): Refusal | undefined | Promise<Refusal | undefined> {
      if (gate.overloaded()) return overloaded;
      if (operation.roles === 'public') {
        request.caller = callerOf(request, undefined);
        return stranger(request, reply);
      }
      const token = tokenOf(request, tokens.isKnown);
      if (token === undefined) return stranger(request, reply) ?? required;
      if (token === null) return stranger(request, reply) ?? invalid;
      const ready = gate.ready();
      if (ready === true) return withToken(operation, request, reply, token);
      return Promise.resolve(ready).then((now) => (now ? withToken(operation, request, reply, token) : stranger(request, reply) ?? noKeys));
    },

    /** Sign-in and the like: counted by address, and by address and whom it is about, for all gateways together. */
    async admitStrict(operation: Operation, request: FastifyRequest, reply: FastifyReply): Promise<Refusal | undefined> {
      const address = addressKey(request.ip);
      const [all, one] = await Promise.all([
        limits.ask(`s:${operation.name}:${address}`, rates.strictPerAddress),
        limits.ask(`s:${operation.name}:${address}:${whom(request)}`, rates.strict),
      ]);
      return limited(reply, all) ?? limited(reply, one);
    },
  };
}

/** What was last sent on a connection, and the token in it: whether it is still good is looked at each time. */
const sent = new WeakMap<Socket, { readonly authorization: string; readonly token: string }>();

/** The token of a request; undefined without one, null when there is something else in its place. @param known was it verified before? */
function tokenOf({ headers, raw }: FastifyRequest, known: (token: string) => boolean): string | undefined | null {
  const { authorization } = headers;
  if (authorization === undefined) return undefined;
  // Of two, one server believes the first and another the last.
  let seen = 0;
  for (let index = 0; index < raw.rawHeaders.length; index += 2) if (raw.rawHeaders[index]!.length === 13 && raw.rawHeaders[index]!.toLowerCase() === 'authorization') seen++;
  if (seen > 1) return null;
  // A connection sends the same again and again: as the text it was, it is found without being read from end to end.
  const before = sent.get(raw.socket);
  if (before?.authorization === authorization) return before.token;
  // What is known needs no look at its form: it was verified in this one.
  if (authorization.startsWith('Bearer ')) {
    const token = authorization.slice(7);
    if (known(token)) {
      sent.set(raw.socket, { authorization, token });
      return token;
    }
  }
  return /^bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i.exec(authorization)?.[1] ?? null;
}

export function callerOf(request: FastifyRequest, claims: AccessClaims | undefined): Caller {
  const about = request.about as About;
  const { ip } = request;
  return {
    id: claims?.sub ?? null, companyId: claims?.company ?? null, roles: claims?.roles ?? [], sessionId: claims?.sid ?? null,
    ip: ip.startsWith('::ffff:') ? ip.slice(7) : ip, userAgent: (request.headers['user-agent'] ?? '').slice(0, 500), requestId: about.requestId, language: about.language,
  };
}

/** Whose account a strict request is about: hashed, since a key in Redis is no place for an address or a token. */
function whom({ body, caller }: FastifyRequest): string {
  const { email, refreshToken } = (body ?? {}) as { email?: unknown; refreshToken?: unknown };
  const about = caller?.id ?? (typeof email === 'string' ? email.trim().toLowerCase() : typeof refreshToken === 'string' ? refreshToken : '');
  return createHash('sha256').update(about).digest('base64url').slice(0, 22);
}

const tooMany = refuse('rate.limited', {
  en: 'Too many requests. Try again after the seconds named in Retry-After.',
  fr: 'Trop de requêtes. Réessayez après les secondes indiquées dans Retry-After.',
});
const required = refuse('auth.required', { en: 'Please sign in.', fr: 'Connectez-vous.' });
const invalid = refuse('auth.token-invalid', { en: 'Sign in again, or refresh the token.', fr: 'Reconnectez-vous, ou rafraîchissez le jeton.' });
const ended = refuse('auth.token-invalid', { en: 'This access has ended. Sign in again.', fr: 'Cet accès a pris fin. Reconnectez-vous.' });
const forbidden = refuse('auth.forbidden', { en: 'Your role does not allow this. Ask an administrator.', fr: 'Votre rôle ne le permet pas. Demandez à un administrateur.' });
const noKeys = refuse('service.unavailable', {
  en: 'Sign-in cannot be checked right now. Try again in a moment.', fr: 'La connexion ne peut pas être vérifiée maintenant. Réessayez dans un instant.',
});
const overloaded = refuse('service.overloaded', { en: 'Please try again in a moment.', fr: 'Réessayez dans un instant.' });
