/** Reads a question: authorises it and checks it against its contract again, whatever the gateway did before. */
import { allows, refuse, type Caller, type Operation, type TSchema } from '@regie/contracts';
import { Compile } from 'typebox/compile';
import { readPerson } from './callers.ts';
import { headerReader } from './headers.ts';
import { encodeAnswer, H, versionOf, type Served } from './wire.ts';

/** A question that was read, authorised and found valid. */
export interface Question {
  /** The operation's key in its service's contract: `createEquipment`. */
  readonly key: string;
  readonly operation: Operation;
  readonly caller: Caller;
  /** Body, query and path in one; the path last, so that a body can never overrule the address. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly expectedVersion: number | undefined;
  readonly idempotencyKey: string | undefined;
  /** The bytes that make two requests the same one. */
  readonly fingerprint: readonly [params: string, body: Uint8Array];
  /** When the asker stops waiting, in milliseconds since 1970. */
  readonly deadline: number;
  readonly traceparent: string | undefined;
}

type Values = Readonly<Record<string, unknown>>;

/** An operation as it is served: its checks are compiled once. */
export interface Endpoint {
  readonly key: string;
  readonly operation: Operation;
  /** Does it do without any parameter? */
  readonly bare: boolean;
  readonly fits: (params: Values) => boolean;
  readonly fitsBody: (body: unknown) => boolean;
}

/** Compiles an operation's checks. */
export function endpoint(key: string, operation: Operation): Endpoint {
  const [inPath, inQuery, inBody] = [Compile(operation.params as TSchema), Compile(operation.query as TSchema), Compile((operation.body ?? {}) as TSchema)];
  const names = new Set(Object.keys(operation.params.properties));
  const fits = (params: Values): boolean => {
    const path: Record<string, unknown> = {};
    const query: Record<string, unknown> = {};
    for (const name of Object.keys(params)) (names.has(name) ? path : query)[name] = params[name];
    return inPath.Check(path) && inQuery.Check(query);
  };
  return { key, operation, bare: fits({}), fits, fitsBody: (body) => operation.body === null || inBody.Check(body) };
}

const read = {
  caller: headerReader(H.caller), request: headerReader(H.request), params: headerReader(H.params), remaining: headerReader(H.remaining),
  key: headerReader(H.key), ifMatch: headerReader(H.ifMatch), trace: headerReader(H.trace),
};
const none: Values = {};

/** The question, or the answer that refuses it. @param sent its headers, as text */
export function readQuestion(sent: string, bytes: Uint8Array, { key, operation, bare, fits, fitsBody }: Endpoint): Question | Served {
  const caller: Caller = { ...readPerson(read.caller(sent) ?? 'null'), requestId: read.request(sent) ?? '' };
  const paramsText = read.params(sent) ?? '{}';
  const params = paramsText === '{}' ? none : (JSON.parse(paramsText) as Values);
  const say = (code: 'auth.forbidden' | 'auth.required' | 'request.invalid', en: string, fr: string) => encodeAnswer(operation, refuse(code, { en, fr }) as never, caller, params);

  if (!allows(operation.roles, caller)) {
    return caller.id === null ? say('auth.required', 'Please sign in.', 'Connectez-vous.')
      : say('auth.forbidden', 'Your role does not allow this.', 'Votre rôle ne le permet pas.');
  }
  const body = operation.body === null || (bytes.length === 0 && operation.accepts !== 'text/csv') ? none : readBody(operation, bytes);
  if (!(params === none ? bare : fits(params)) || !fitsBody(body))
    return say('request.invalid', 'The request does not fit its contract.', 'La requête ne respecte pas son contrat.');
  return {
    key, operation, caller, input: { ...body, ...params }, fingerprint: [paramsText, withoutSecrets(operation, body, bytes)],
    expectedVersion: versionOf(read.ifMatch(sent)), idempotencyKey: read.key(sent),
    deadline: Date.now() + Number(read.remaining(sent) ?? 5_000), traceparent: read.trace(sent),
  };
}

/** A table as `{ text }` without its byte order mark, all else as the object it is. */
const readBody = ({ accepts }: Operation, bytes: Uint8Array): Values =>
  accepts === 'text/csv' ? { text: new TextDecoder().decode(bytes) } : (JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as Values);

/** The body's bytes, or where it holds secrets the rest of it. */
const withoutSecrets = ({ secrets }: Operation, body: Values, bytes: Uint8Array): Uint8Array =>
  secrets.length === 0 ? bytes : Buffer.from(JSON.stringify(Object.entries(body).filter(([name]) => !secrets.includes(name))));
