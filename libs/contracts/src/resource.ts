/** Plain resources: list, get, create, patch and archive declared at once. Those with rules declare their operations one by one. */
import Type, { type Static, type TObject, type TProperties } from 'typebox';
import { staff, type Access } from './caller.ts';
import { listQuery, nullable, object, optional, page, Search, stamps } from './common.ts';
import { fact, operation, type Fact, type Route } from './define.ts';
import type { ProblemCode } from './problem.ts';

/** All fields optional, and null clears those that may be empty: a merge patch (RFC 7396). */
export const patchOf = (required: TProperties, optionals: TProperties, input: TProperties = {}): TObject =>
  object(Object.fromEntries([
    ...Object.entries(required).map(([name, schema]) => [name, optional(schema)]),
    ...Object.entries(optionals).map(([name, schema]) => [name, optional(nullable(schema))]),
    ...Object.entries(input),
  ]) as TProperties);

interface ResourceDefinition<Required, Optionals, Input, Derived, Sort extends string, Filters, Code extends ProblemCode> {
  /** `[singular, plural]` as people say it. */
  said: readonly [singular: string, plural: string];
  path: `/${string}`;
  read?: Access;
  write: Access;
  required: Required;
  optionals: Optionals;
  /** Fields of create and patch that are kept in another form than they are sent. */
  input?: Input;
  /** Fields of the answer that are not sent in that form. */
  derived?: Derived;
  sorts: readonly [Sort, ...Sort[]];
  filters?: Filters;
  /** What create and patch may refuse with. */
  errors?: readonly Code[];
  /** What archiving refuses with while open work refers to it. */
  inUse: Code;
}

/** `name` is `<service>.<thing>`: operations become `<name>.list`, `.get`, `.create`, `.patch`, `.archive`; facts `.created`, `.changed`, `.archived`. */
export function resource<
  const Required extends TProperties, const Optionals extends TProperties, const Input extends TProperties = {}, const Derived extends TProperties = {},
  const Sort extends string = string, const Filters extends TProperties = {}, const Code extends ProblemCode = ProblemCode,
>(name: string, definition: ResourceDefinition<Required, Optionals, Input, Derived, Sort, Filters, Code>) {
  const {
    said: [one, many], path, read = staff, write, required, optionals, input = {} as Input,
    derived = {} as Derived, sorts, filters = {} as Filters, errors = [], inUse,
  } = definition;
  const state = object({
    ...stamps, ...required,
    ...(Object.fromEntries(Object.entries(optionals).map(([key, schema]) => [key, nullable(schema)])) as { [Key in keyof Optionals]: ReturnType<typeof nullable<Optionals[Key]>> }),
    ...derived, archivedAt: nullable(stamps.createdAt),
  });
  const creation = object({
    ...required,
    ...(Object.fromEntries(Object.entries(optionals).map(([key, schema]) => [key, optional(schema)])) as {
      [Key in keyof Optionals]: ReturnType<typeof optional<Optionals[Key]>>;
    }),
    ...input,
  });
  const facts = {
    created: fact(`${name}.created`, 1, state, { visibility: 'partner' }),
    changed: fact(`${name}.changed`, 1, state, { visibility: 'partner' }),
    archived: fact(`${name}.archived`, 1, state, { visibility: 'partner' }),
  };
  const at = (method: string, tail = ''): Route => `${method} ${path}${tail}` as Route;
  const byId = { id: stamps.id };
  return {
    name, state, facts, creation,
    operations: {
      list: operation(`${name}.list`, {
        summary: `List ${many}`, route: at('GET'), roles: read,
        query: listQuery(sorts, { q: optional(Search), archived: optional(Type.Boolean()), ...filters }), output: page(state),
      }),
      get: operation(`${name}.get`, { summary: `Read one ${one}`, route: at('GET', '/:id'), params: object(byId), roles: read, output: state }),
      create: operation(`${name}.create`, {
        summary: `Add a ${one}`, route: at('POST'), roles: write, body: creation, output: state, status: 201, errors, emits: [facts.created],
      }),
      patch: operation(`${name}.patch`, {
        summary: `Change a ${one}`, route: at('PATCH', '/:id'), params: object(byId), roles: write,
        body: patchOf(required, optionals, input), output: state, errors, emits: [facts.changed],
      }),
      archive: operation(`${name}.archive`, {
        summary: `Archive a ${one}`, route: at('DELETE', '/:id'), params: object(byId), roles: write, output: Type.Null(), status: 204, errors: [inUse], emits: [facts.archived],
      }),
    },
  };
}

/** What `records()` needs to know of a resource, whatever its fields. */
export interface Resource {
  readonly name: string;
  readonly state: TObject;
  readonly facts: { readonly created: Fact; readonly changed: Fact; readonly archived: Fact };
}
export type ResourceState<R> = R extends { readonly state: infer State extends TObject } ? Static<State> : never;
