/** The words all contracts share. Limits are on every field: what is not bounded here is bounded nowhere. */
import Type, { type Static, type TObject, type TProperties, type TSchema } from 'typebox';
import './formats.ts';

/** An object that refuses fields it does not know. */
export const object = <const Properties extends TProperties>(properties: Properties): TObject<Properties> =>
  Type.Object(properties, { additionalProperties: false });

export const optional = Type.Optional;
/** `null` on the wire where there is none; the field itself is always there. */
export const nullable = <const Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
/** An array with a limit: none is without. */
export const list = <const Schema extends TSchema>(schema: Schema, maxItems: number, minItems = 0) => Type.Array(schema, { minItems, maxItems });

/** UUIDv7, made by the service that owns the row. */
export const Id = Type.String({ format: 'uuid', minLength: 36, maxLength: 36 });
/** RFC 3339 with an offset. */
export const Instant = Type.String({ format: 'instant', maxLength: 35 });
/** A calendar day, `2026-12-24`, in the zone its field names. */
export const Day = Type.String({ format: 'date', maxLength: 10 });
/** IANA zone, `Europe/Paris`. */
export const TimeZone = Type.String({ format: 'time-zone', maxLength: 60 });
export const Email = Type.String({ format: 'email', maxLength: 254 });
/** E.164 with a leading plus. */
export const Phone = Type.String({ pattern: '^\\+[1-9][0-9]{6,14}$', maxLength: 16 });
/** One line of readable text: names, titles. */
export const Name = Type.String({ format: 'text', minLength: 1, maxLength: 200 });
/** Longer readable text: notes, problems, descriptions. */
export const Note = Type.String({ format: 'text', minLength: 1, maxLength: 4000 });
export const Quantity = Type.Integer({ minimum: 1, maximum: 1_000_000 });
export const Count = Type.Integer({ minimum: 0, maximum: 1_000_000_000 });
export const Currency = Type.String({ pattern: '^[A-Z]{3}$', minLength: 3, maxLength: 3 });
/** Minor units (cents) of an ISO 4217 currency. */
export const Money = object({ amount: Type.Integer({ minimum: 0, maximum: 1_000_000_000_000 }), currency: Currency });
export type Money = Static<typeof Money>;

/** What every resource has besides its own fields. */
export const stamps = { id: Id, createdAt: Instant, updatedAt: Instant };

/** field → { before, after }: what one change did to an aggregate, as facts carry it. */
export const Changes = Type.Record(Type.String({ maxLength: 60 }), Type.Tuple([Type.Unknown(), Type.Unknown()]));
export type Changes = Readonly<Record<string, readonly [before: unknown, after: unknown]>>;

/** One page of a list; `nextCursor` is null on the last one. */
export const page = <const Item extends TSchema>(item: Item) =>
  object({ items: Type.Array(item), nextCursor: Type.Union([Type.String({ maxLength: 500 }), Type.Null()]) });

/** What every list takes, whatever it lists. */
export const paging = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
};

/** The query of a list: paging, the named sorts (`name`, `-createdAt`), and the filters it offers. */
export const listQuery = <const Sort extends string, const Filters extends TProperties>(sorts: readonly [Sort, ...Sort[]], filters: Filters) =>
  object({ ...paging, sort: Type.Optional(Type.Enum([...sorts])), ...filters });

/** The words somebody searches for; case and accents are ignored. */
export const Search = Type.String({ format: 'text', minLength: 1, maxLength: 100 });

export { Type };
export type { Static, TObject, TSchema } from 'typebox';
