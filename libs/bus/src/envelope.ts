/** Facts and commands on the wire: CloudEvents 1.0, structured JSON. */
import { typeOf, type Command, type Fact } from '@regie/contracts';

/** One message as it is written to the outbox, published, and heard. */
export interface Envelope<Data = unknown> {
  readonly specversion: '1.0';
  /** UUIDv7; also the message id JetStream drops duplicates by. */
  readonly id: string;
  /** `/inventory` */
  readonly source: string;
  /** `regie.inventory.equipment.created.v1` */
  readonly type: string;
  /** The aggregate's id. */
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly dataschema: string;
  readonly companyid: string;
  readonly actorid?: string;
  /** The aggregate's version after it: one fact per version, newer wins. A string, as the CloudEvents extension wants. */
  readonly sequence?: string;
  readonly traceparent?: string;
  readonly causationid?: string;
  /** Where the actor came from (address, user agent), sealed for the audit trail: partners who read the fact cannot read this. */
  readonly origin?: string;
  readonly data: Data;
}

export { typeOf };
/** Where its schema stands in the AsyncAPI document the gateway serves. */
export const schemaOf = (message: Fact | Command): string => `/asyncapi.json#/components/schemas/${typeOf(message)}`;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws {SyntaxError} when the bytes are not a CloudEvent of ours; such a message is quarantined */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const envelope = JSON.parse(utf8.decode(bytes)) as Envelope | null;
  if (typeof envelope !== 'object' || envelope === null || envelope.specversion !== '1.0' || typeof envelope.id !== 'string' || typeof envelope.type !== 'string'
    || typeof envelope.subject !== 'string' || typeof envelope.companyid !== 'string' || typeof envelope.data !== 'object' || envelope.data === null) {
    throw new SyntaxError('not a CloudEvent of Régie');
  }
  return envelope;
}
