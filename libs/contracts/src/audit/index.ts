/** Everything audit can be asked. It hears every fact and tells none. */
import Type from 'typebox';
import { Count, Id, Instant, listQuery, nullable, object, optional, page, Search } from '../common.ts';
import { operation } from '../define.ts';
import { listenToAll, service } from '../service.ts';

const Thing = Type.String({ pattern: '^[a-z][a-z-]{1,40}$', maxLength: 41 });
const Action = Type.String({ pattern: '^[a-z][a-z-]{1,40}\\.[a-z][a-z-]{1,40}$', maxLength: 90 });
export const AuditEntry = object({
  id: Id, at: Instant, actorId: nullable(Id), action: Action, entity: Thing, entityId: Id,
  /** field → { before, after } */
  changes: Type.Record(Type.String(), object({ before: Type.Unknown(), after: Type.Unknown() })),
  ip: nullable(Type.String()), userAgent: nullable(Type.String()), traceId: nullable(Type.String()),
});
const filters = {
  actorId: optional(Id), entity: optional(Thing), entityId: optional(Id),
  action: optional(Action), from: optional(Instant), to: optional(Instant), q: optional(Search),
};

export const auditOperations = {
  listAudit: operation('audit.entry.list', {
    summary: 'The trail: own entries, or for an administrator the company’s', route: 'GET /api/audit',
    roles: 'self', query: listQuery(['-at', 'at'], filters), output: page(AuditEntry), errors: ['period.invalid'],
  }),
  getEntityHistory: operation('audit.entity.history', {
    summary: 'Everything that happened to one thing, and with `at` its state then',
    route: 'GET /api/audit/entities/:type/:id', roles: 'self', params: object({ type: Thing, id: Id }),
    query: listQuery(['-at', 'at'], { at: optional(Instant) }),
    output: object({ items: Type.Array(AuditEntry), nextCursor: nullable(Type.String()), state: optional(nullable(Type.Unknown())) }),
  }),
  exportAudit: operation('audit.entry.export', {
    summary: 'The trail as CSV', route: 'GET /api/audit/export', roles: 'self', produces: 'text/csv',
    query: object({ ...filters, cursor: optional(Type.String({ maxLength: 500 })) }),
    output: object({ chunk: Type.String(), nextCursor: nullable(Type.String()) }), errors: ['period.invalid'],
  }),
  verifyAudit: operation('audit.chain.verify', {
    summary: 'Check the chain of blocks and the own company’s entries in it', route: 'GET /api/audit/verify', roles: ['admin'],
    output: object({
      ok: Type.Boolean(), checked: Count, checkpoint: nullable(object({ n: Count, root: Type.String(), at: Instant })),
      firstBad: nullable(object({ block: Count, entryId: nullable(Id), reason: Type.String() })),
    }),
  }),
};

export const audit = service({
  name: 'audit',
  operations: auditOperations,
  facts: {},
  commands: {},
  listeners: { facts: listenToAll('audit-facts', 'FACTS'), internal: listenToAll('audit-internal', 'INTERNAL') },
});
