/** What the gateway itself tells the audit trail: refused access and exports. Acknowledged by the stream, without making anybody wait. */
import { schemaOf, typeOf, type Bus, type Envelope } from '@regie/bus';
import { factSubject, gatewayFacts, type Caller, type Fact, type Operation, type ProblemCode } from '@regie/contracts';
import { sealOrigin } from '@regie/runtime';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

export interface Trail {
  refused(operation: Operation, code: ProblemCode, about: Told): void;
  exported(operation: Operation, about: Told): void;
  /** Facts not acknowledged yet. */
  readonly pending: () => number;
  /** Waits until all are stored, or `timeout` ms. */
  flush(timeout: number): Promise<void>;
}

export interface Told {
  readonly caller: Caller;
  readonly traceparent: string;
  /** The client chose the request's id: it may repeat, and must not hide a fact behind an earlier one. */
  readonly foreignId: boolean;
}

/** Facts that may wait for the stream; beyond it they are counted and dropped, rather than filling the memory. */
const maxPending = 5_000;

export function openTrail(bus: Bus, originKey: string | undefined, lost: (error: unknown, fact: string) => void): Trail {
  const pending = new Set<Promise<void>>();
  let stopping = false;

  const publish = async (fact: Fact, envelope: Envelope): Promise<void> => {
    const subject = factSubject(fact, envelope.companyid);
    for (let attempt = 1; ; attempt++) {
      try {
        await bus.js.publish(subject, JSON.stringify(envelope), { msgID: envelope.id, timeout: 3_000 });
        return;
      } catch (error) {
        if (stopping || attempt === 100) { lost(error, fact.name); return; }
        // The stream is away: it is told when it is back, with the same id.
        await pause(Math.min(200 * attempt, 3_000), undefined, { ref: false });
      }
    }
  };
  const tell = (fact: Fact, operation: Operation, code: string, { caller, traceparent, foreignId }: Told): void => {
    if (pending.size >= maxPending) { lost(new Error('too many facts wait for the stream'), fact.name); return; }
    const { requestId, ip, userAgent, id, companyId } = caller;
    const telling = publish(fact, {
      specversion: '1.0', id: foreignId ? randomUUID() : requestId, source: '/gateway', type: typeOf(fact),
      subject: requestId, time: new Date().toISOString(), datacontenttype: 'application/json',
      dataschema: schemaOf(fact), companyid: companyId ?? 'platform', ...(id === null ? {} : { actorid: id }), sequence: '1', traceparent,
      ...(originKey === undefined ? {} : { origin: sealOrigin(originKey, { ip, userAgent }) }),
      data: { id: requestId, operation: operation.name, code, userId: id, ip, userAgent, changes: {} },
    });
    pending.add(telling);
    void telling.finally(() => pending.delete(telling));
  };

  return {
    refused: (operation, code, about) => tell(gatewayFacts.accessRefused, operation, code, about),
    exported: (operation, about) => tell(gatewayFacts.dataExported, operation, 'exported', about),
    pending: () => pending.size,
    async flush(timeout) {
      stopping = true;
      await Promise.race([Promise.all(pending), pause(timeout, undefined, { ref: false })]);
    },
  };
}
