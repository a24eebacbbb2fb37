/** How the system says what it can be asked (operations), what is ordered (commands) and what happened (facts). No IO here. */
import Type, { type Static, type TObject, type TProperties, type TSchema } from 'typebox';
import type { Access, Caller } from './caller.ts';
import { Changes, Id, object } from './common.ts';
import type { CommonCode, ProblemCode, Refusal } from './problem.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Route = `${Method} /${string}`;

/** `'POST /api/events/:id/reservations/:rid'` → `'id' | 'rid'` */
export type PathParam<Path extends string> =
  Path extends `${string}:${infer Name}/${infer Rest}` ? Name | PathParam<Rest>
  : Path extends `${string}:${infer Name}` ? Name
  : never;

/** Something that happened to an aggregate: its full public state after it, and what changed. */
export interface Fact<Name extends string = string, State extends TObject = TObject> {
  readonly kind: 'fact';
  readonly name: Name;
  readonly version: number;
  readonly state: State;
  readonly data: TObject;
  /** `partner` facts go to FACTS (`evt.`), `internal` ones to INTERNAL (`int.`) and never leave the system. */
  readonly visibility: 'partner' | 'internal';
}

/** An order from one service to another, kept until it is decided, decided once. */
export interface Command<Name extends string = string, Data extends TObject = TObject> {
  readonly kind: 'command';
  readonly name: Name;
  readonly version: number;
  readonly data: Data;
  /** Slots its companies are spread over, so that replicas can share them out; null: all hear all. Never change it for a version: what waits would be heard by nobody. */
  readonly slots: number | null;
}

export interface Operation<
  Params extends TObject = TObject, Query extends TObject = TObject, Body extends TObject = TObject,
  Output extends TSchema = TSchema, Code extends ProblemCode = ProblemCode, Emitted extends Fact = Fact,
> {
  readonly kind: 'operation';
  /** `<service>.<thing>.<verb>`; its subject is `op.<name>`. */
  readonly name: string;
  readonly summary: string;
  /** Null: only the gateway itself asks it. */
  readonly route: Route | null;
  readonly roles: Access;
  readonly params: Params;
  readonly query: Query;
  /** Null: takes no body. */
  readonly body: Body | null;
  /** `text/csv` bodies arrive as `{ text }`. */
  readonly accepts: 'application/json' | 'text/csv';
  /** `text/csv`: the gateway asks page after page (`{ chunk, nextCursor }`) and streams the chunks. */
  readonly produces: 'application/json' | 'text/csv';
  readonly output: Output;
  readonly status: 200 | 201 | 202 | 204;
  /** What it may refuse with, beyond what every operation may. */
  readonly errors: readonly Code[];
  readonly emits: readonly Emitted[];
  /** `strict` for sign-in and the like. */
  readonly rate: 'normal' | 'strict';
  /** Keeps the answer under the caller's Idempotency-Key. False where the answer holds secrets. */
  readonly keyed: boolean;
  /** Body fields left out of what is kept to know a repeated request by: even a hash of a password helps to guess it. */
  readonly secrets: readonly string[];
  /** The internal operation that tells how it was decided, for those whose answer may come later (202). */
  readonly settledBy: string | null;
  /** Largest body in bytes. */
  readonly bodyLimit: number;
}

export type Operations = Readonly<Record<string, Operation>>;

type PathParams<R> = R extends string ? TObject<{ [Name in PathParam<R>]: typeof Id }> : TObject<{}>;

interface Definition<R, Params, Query, Body, Output, Code, Emitted> {
  summary: string;
  route: R;
  roles: Access;
  /** Path parameters are ids unless said here. */
  params?: Params;
  query?: Query;
  body?: Body;
  accepts?: 'application/json' | 'text/csv';
  produces?: 'application/json' | 'text/csv';
  output: Output;
  status?: 200 | 201 | 202 | 204;
  errors?: readonly Code[];
  emits?: readonly Emitted[];
  rate?: 'normal' | 'strict';
  keyed?: boolean;
  secrets?: readonly string[];
  settledBy?: string;
  bodyLimit?: number;
}

/** Declares one question from outside: gateway route, OpenAPI, typed client and NATS endpoint derive from it. */
export function operation<
  const R extends Route | null, Output extends TSchema,
  Params extends TObject = PathParams<R>, Query extends TObject = TObject<{}>, Body extends TObject = TObject<{}>,
  const Code extends ProblemCode = never, const Emitted extends Fact = never,
>(name: string, definition: Definition<R, Params, Query, Body, Output, Code, Emitted>): Operation<Params, Query, Body, Output, Code, Emitted> {
  const { route, params, query, body, ...rest } = definition;
  const post = route?.startsWith('POST ') ?? false;
  return {
    kind: 'operation', name, accepts: 'application/json', produces: 'application/json', status: 200, errors: [], emits: [],
    rate: 'normal', keyed: post, secrets: [], bodyLimit: 256 * 1024, ...rest, settledBy: rest.settledBy ?? null,
    route, params: params ?? (idsIn(route ?? '') as unknown as Params), query: query ?? (object({}) as unknown as Query), body: body ?? null,
  };
}

const idsIn = (route: string): TObject => object(Object.fromEntries([...route.matchAll(/:(\w+)/g)].map(([, param]) => [param!, Id])) as TProperties);

/** Declares a fact. `state` is the aggregate's full public state, with an `id`. Adding an optional field keeps the version. */
export const fact = <const Name extends string, State extends TObject>(
  name: Name, version: number, state: State, { visibility }: { visibility: 'partner' | 'internal' },
): Fact<Name, State> => ({
  kind: 'fact', name, version, state, visibility,
  data: Type.Object({ ...(state.properties as TProperties), changes: Changes }),
});

/** Declares a command. @param more.slots spreads the companies over so many slots, see `Command` */
export const command = <const Name extends string, Data extends TObject>(name: Name, version: number, data: Data, { slots = null }: {
  slots?: number | null;
} = {}): Command<Name, Data> =>
  ({ kind: 'command', name, version, data, slots });

export type InputOf<Op> = Op extends Operation<infer Params, infer Query, infer Body> ? Static<Params> & Static<Query> & Static<Body> : never;
export type OutputOf<Op> = Op extends { readonly output: infer Output extends TSchema } ? Static<Output> : never;
export type CodeOf<Op> = Op extends { readonly errors: readonly (infer Code)[] } ? Code : never;
export type EmittedBy<Op> = Op extends { readonly emits: readonly (infer Emitted)[] } ? Emitted : never;
export type StateOf<F> = F extends { readonly state: infer State extends TObject } ? Static<State> : never;
export type OrderOf<C> = C extends Command<string, infer Data> ? Static<Data> : never;

/** `op.<name>`: the subject an operation is asked at. */
export const subjectOf = (op: Operation): string => `op.${op.name}`;

/** The subject of a fact of one company (`platform` where there is none), or with `*` the one to hear it from all. */
export const factSubject = ({ name, version, visibility }: Fact, company: string): string =>
  `${visibility === 'partner' ? 'evt' : 'int'}.${company}.${name}.v${version}`;

/** `regie.<name>.v<version>`: its CloudEvents type, and its schema's name. */
export const typeOf = ({ name, version }: Fact | Command): string => `regie.${name}.v${version}`;

/** `cmd.<name>.v<version>`, and the company's slot where it has slots: `cmd.<name>.v<version>.<slot>`. With `*` the one to hear it from all. */
export const commandSubject = ({ name, version, slots }: Command, company: string): string =>
  slots === null ? `cmd.${name}.v${version}` : `cmd.${name}.v${version}.${company === '*' ? '*' : slotOf(company, slots)}`;

/** The slot of a company, the same for ever: FNV-1a of its id, modulo. */
export function slotOf(company: string, slots: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < company.length; at++) hash = Math.imul(hash ^ company.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % slots;
}

/** An answer with more to say than its body. */
export interface Reply<Output> {
  readonly reply: true;
  readonly body: Output;
  /** The row's version: becomes the ETag. */
  readonly version?: number;
  readonly status?: 200 | 201 | 202 | 204;
  /** Not decided yet: the notice `done.<settles>` will tell, and so will the operation's `settledBy`. */
  readonly settles?: string;
  /** Where to read it, when the default (`<path>/<id>`) is not it. */
  readonly location?: string;
}
/** Answers with more than a body: a version, another status, where to read it. */
export const reply = <Output>(body: Output, more: Omit<Reply<Output>, 'reply' | 'body'> = {}): Reply<Output> => ({ reply: true, body, ...more });
export const isReply = (value: unknown): value is Reply<unknown> => typeof value === 'object' && value !== null && (value as { reply?: unknown }).reply === true;

/** Tells a fact in the current transaction; only what the contract lists under `emits` compiles. */
export type Tell<Emitted> = <F extends Extract<Emitted, Fact>>(fact: F, state: StateOf<F>, about: { version: number; changes?: Changes }) => void;

export interface Context<Op> {
  readonly caller: Caller;
  /** The transaction's own time: one clock for all that is written in it. */
  readonly now: Date;
  /** The version named by `If-Match`; undefined when the caller named none. */
  readonly expectedVersion: number | undefined;
  readonly tell: Tell<EmittedBy<Op>>;
}

export type Answer<Op> = OutputOf<Op> | Reply<OutputOf<Op>> | Refusal<Extract<CodeOf<Op>, ProblemCode> | CommonCode>;
export type Handler<Op, Extra = unknown> = (input: InputOf<Op>, context: Context<Op> & Extra) => Promise<Answer<Op>>;
/** One handler per operation: leave one out, or add one the contract lacks, and it does not compile. */
export type Handlers<Ops, Extra = unknown> = { readonly [Name in keyof Ops]: Handler<Ops[Name], Extra> };
