/** Equipment: what can be rented, how much of it there is, and how it comes in and out by CSV. */
import Type from 'typebox';
import { staff, warehouse } from '../caller.ts';
import { Count, Id, Instant, list, listQuery, Money, Name, Note, nullable, object, optional, page, Quantity, Search, stamps } from '../common.ts';
import { fact, operation } from '../define.ts';
import { enumeration } from '../enumeration.ts';
import { CategoryKey } from './categories.ts';
import { reservationFacts } from './reservations.ts';

export const EquipmentStatus = enumeration('equipment-status', {
  available: ['Available', 'Disponible'], on_rental: ['On rental', 'En location'], in_maintenance: ['In maintenance', 'En maintenance'], retired: ['Retired', 'Retiré'],
});
export const Tracking = enumeration('tracking', { bulk: ['By quantity', 'En quantité'], serialised: ['Piece by piece', 'À la pièce'] });
export const UnitStatus = enumeration('unit-status', {
  in_stock: ['In stock', 'En stock'], out: ['Out', 'Sorti'], in_maintenance: ['In maintenance', 'En maintenance'], missing: ['Missing', 'Manquant'], retired: ['Retired', 'Retiré'],
});
export const UnitCondition = enumeration('unit-condition', { new: ['New', 'Neuf'], good: ['Good', 'Bon'], fair: ['Fair', 'Correct'], damaged: ['Damaged', 'Abîmé'] });

const Millimetres = Type.Integer({ minimum: 1, maximum: 100_000 });
const Dimensions = object({ l: Millimetres, w: Millimetres, h: Millimetres });
const Coefficient = Type.Number({ minimum: 0, maximum: 1000 });
/** price(n days) = dailyRate × (coefficient of the highest tier ≤ n + extraDay × (n − tier.days)). */
const Degressive = object({ tiers: list(object({ days: Type.Integer({ minimum: 1, maximum: 366 }), coefficient: Coefficient }), 20), extraDay: Coefficient });
/** What else is worth knowing, by name: `{ "power W": 575 }`. Names without control characters; others are refused, not dropped. */
const Specs = Type.Record(
  Type.String({ pattern: '^[^\\u0000-\\u001f\\u007f\\ud800-\\udfff]{1,60}$' }),
  Type.Union([Type.String({ format: 'text', minLength: 1, maxLength: 500 }), Type.Number(), Type.Boolean()]),
  { maxProperties: 50, additionalProperties: false },
);
const Minutes = Type.Integer({ minimum: 0, maximum: 20_160 });
/** Whole grams, at most 100 tonnes. */
const Grams = Type.Integer({ minimum: 1, maximum: 100_000_000 });

const optionals = {
  subcategory: CategoryKey, brand: Name, model: Name, description: Note, weightGrams: Grams, dimensionsMm: Dimensions, dailyRate: Money,
  degressive: Degressive, purchasePrice: Money, replacementValue: Money, specs: Specs,
};
const allNullable = {
  subcategory: nullable(CategoryKey), brand: nullable(Name), model: nullable(Name), description: nullable(Note), weightGrams: nullable(Grams), dimensionsMm: nullable(Dimensions),
  dailyRate: nullable(Money), degressive: nullable(Degressive), purchasePrice: nullable(Money), replacementValue: nullable(Money), specs: nullable(Specs),
};

export const Equipment = object({
  ...stamps, reference: Type.String({ maxLength: 40 }), name: Name, category: CategoryKey, tracking: Tracking, ...allNullable,
  accessoryIds: list(Id, 50), prepMinutes: Minutes, turnaroundMinutes: Minutes,
  status: EquipmentStatus, quantityTotal: Count, quantityAvailable: Count, quantityReserved: Count, quantityOutOfService: Count, archivedAt: nullable(Instant),
});
/** What facts carry: the equipment without its figures of the moment, which are derived and never stored. */
export const EquipmentState = Type.Omit(Equipment, ['status', 'quantityAvailable', 'quantityReserved', 'quantityOutOfService']);

export const Unit = object({
  ...stamps, equipmentId: Id, code: Type.String({ maxLength: 50 }), serialNumber: nullable(Name), condition: UnitCondition, status: UnitStatus,
});

/** `quantity`: pieces available after it. */
const StatusChange = object({
  id: Id, at: Instant, from: nullable(EquipmentStatus), to: EquipmentStatus, quantity: Count, reason: nullable(Note), actorId: nullable(Id),
  cause: object({ kind: Type.Enum(['equipment', 'reservation', 'maintenance', 'loss']), id: Id }),
});

const writable = {
  name: Name, category: CategoryKey, quantityTotal: Count, accessoryIds: list(Id, 50), prepMinutes: Minutes, turnaroundMinutes: Minutes,
};
const optionalInput = Object.fromEntries(Object.entries(optionals).map(([key, schema]) => [key, optional(schema)])) as {
  [Key in keyof typeof optionals]: ReturnType<typeof optional<(typeof optionals)[Key]>>;
};
const optionalPatch = Object.fromEntries(Object.entries(allNullable).map(([key, schema]) => [key, optional(schema)])) as {
  [Key in keyof typeof allNullable]: ReturnType<typeof optional<(typeof allNullable)[Key]>>;
};

export const EquipmentCreation = object({
  name: Name, category: CategoryKey, quantityTotal: Count, tracking: optional(Tracking), ...optionalInput,
  accessoryIds: optional(writable.accessoryIds), prepMinutes: optional(Minutes), turnaroundMinutes: optional(Minutes),
});

export const equipmentFacts = {
  equipmentCreated: fact('inventory.equipment.created', 1, EquipmentState, { visibility: 'partner' }),
  equipmentChanged: fact('inventory.equipment.changed', 1, EquipmentState, { visibility: 'partner' }),
  equipmentArchived: fact('inventory.equipment.archived', 1, EquipmentState, { visibility: 'partner' }),
};
const { equipmentCreated, equipmentChanged, equipmentArchived } = equipmentFacts;
/** Another total changes who is short. */
const { reservationRiskChanged } = reservationFacts;

const ImportError = object({ line: Type.Integer({ minimum: 1 }), field: nullable(Type.String()), code: Type.String(), message: Type.String() });

export const equipmentOperations = {
  listEquipment: operation('inventory.equipment.list', {
    summary: 'List equipment', route: 'GET /api/equipment', roles: staff,
    query: listQuery(['-createdAt', 'createdAt', 'name', 'reference'], {
      category: optional(CategoryKey), subcategory: optional(CategoryKey), status: optional(EquipmentStatus),
      brand: optional(Name), archived: optional(Type.Boolean()), q: optional(Search),
      availableFrom: optional(Instant), availableTo: optional(Instant), quantity: optional(Quantity),
    }), output: page(Equipment), errors: ['period.invalid', 'period.too-long'],
  }),
  createEquipment: operation('inventory.equipment.create', {
    summary: 'Add equipment', route: 'POST /api/equipment', roles: warehouse, body: EquipmentCreation, output: Equipment, status: 201,
    errors: ['category.unknown', 'money.currency-mismatch'], emits: [equipmentCreated],
  }),
  getEquipment: operation('inventory.equipment.get', { summary: 'Read one equipment', route: 'GET /api/equipment/:id', roles: staff, output: Equipment }),
  patchEquipment: operation('inventory.equipment.patch', {
    summary: 'Change equipment', route: 'PATCH /api/equipment/:id', roles: warehouse,
    body: object({
      name: optional(Name), category: optional(CategoryKey), quantityTotal: optional(Count), ...optionalPatch,
      accessoryIds: optional(writable.accessoryIds), prepMinutes: optional(Minutes), turnaroundMinutes: optional(Minutes),
    }),
    output: Equipment, errors: ['category.unknown', 'equipment.total-below-promised', 'money.currency-mismatch', 'maintenance.units-required'],
    emits: [equipmentChanged, reservationRiskChanged],
  }),
  archiveEquipment: operation('inventory.equipment.archive', {
    summary: 'Archive equipment', route: 'DELETE /api/equipment/:id', roles: warehouse, output: Type.Null(), status: 204, errors: ['equipment.in-use'], emits: [equipmentArchived],
  }),
  listStatusHistory: operation('inventory.equipment.status-history', {
    summary: 'Who changed its status, when and why', route: 'GET /api/equipment/:id/status-history', roles: staff, query: listQuery(['-at'], {}), output: page(StatusChange),
  }),
  listUnits: operation('inventory.unit.list', {
    summary: 'List the pieces of a serialised equipment', route: 'GET /api/equipment/:id/units',
    roles: staff, query: listQuery(['code'], {}), output: page(Unit),
  }),
  /** The form of the list, and what decides between new and known: docs/stock-list.md. */
  importEquipment: operation('inventory.equipment.import', {
    summary: 'Import a stock list; good lines are taken, bad ones reported', route: 'POST /api/equipment/import', roles: warehouse, accepts: 'text/csv',
    query: object({ dryRun: optional(Type.Boolean({ default: false })) }), body: object({ text: Type.String() }), bodyLimit: 2 * 1024 * 1024,
    output: object({ created: Count, updated: Count, rejected: Type.Array(ImportError) }),
    errors: ['file.refused', 'request.too-large'], emits: [equipmentCreated, equipmentChanged, reservationRiskChanged],
  }),
  exportEquipment: operation('inventory.equipment.export', {
    summary: 'Export equipment as CSV, in the form the import reads', route: 'GET /api/equipment/export', roles: staff, produces: 'text/csv',
    query: object({ cursor: optional(Type.String({ maxLength: 500 })) }), output: object({ chunk: Type.String(), nextCursor: nullable(Type.String()) }),
  }),
};
