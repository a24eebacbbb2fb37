/** What the gateway itself tells: access events. It answers no questions of its own on the bus. */
import Type from 'typebox';
import { Id, nullable, object } from '../common.ts';
import { fact } from '../define.ts';
import { service } from '../service.ts';

/** `id` is the request's: one fact per request. */
const access = object({ id: Id, operation: Type.String(), code: Type.String(), userId: nullable(Id), ip: Type.String(), userAgent: Type.String() });

export const gatewayFacts = {
  /** Somebody asked for what its role does not allow. */
  accessRefused: fact('gateway.access.refused', 1, access, { visibility: 'internal' }),
  /** Somebody took data out. */
  dataExported: fact('gateway.data.exported', 1, access, { visibility: 'internal' }),
};

export const gateway = service({
  name: 'gateway',
  operations: {},
  facts: gatewayFacts,
  commands: {},
  listeners: {},
});
