/** Facts and commands leave with the transaction that caused them: an append-only log, and a row per message still to be sent. */
import { largestMessage, schemaOf, typeOf, type Envelope } from '@regie/bus';
import { commandSubject, factSubject, instantText, type Changes, type Command, type Fact } from '@regie/contracts';
import { ints, texts, textsAndBytes, uuids } from './arrays.ts';
import type { Told } from './told.ts';
import type { Work } from './transact.ts';
import { uuid7 } from './uuid.ts';

export interface OutboxEntry {
  readonly id: string;
  readonly aggregateId: string;
  /** The aggregate's version for facts; 0 for commands, which have none. */
  readonly sequence: number;
  readonly subject: string;
  readonly message: string;
}

/** On whose behalf it is told, and when. Without a company it is the platform's. */
interface About extends Omit<Work, 'companyId'> { readonly now: Date; readonly companyId?: string | null | undefined }

function envelope(service: string, message: Fact | Command, id: string, subject: string, about: About, more: Partial<Envelope>, data: unknown): string {
  const { now, companyId, actorId, traceparent, causationId, origin } = about;
  return JSON.stringify({
    specversion: '1.0', id, source: `/${service}`, type: typeOf(message), subject,
    time: instantText(now.getTime()), datacontenttype: 'application/json', dataschema: schemaOf(message),
    companyid: companyId ?? 'platform', ...(actorId === null ? {} : { actorid: actorId }), ...more, ...(traceparent === undefined ? {} : { traceparent }),
    ...(causationId === undefined ? {} : { causationid: causationId }), ...(origin === undefined ? {} : { origin }), data,
  } satisfies Envelope);
}

/** A fact as it goes into the outbox. */
export function factRow(service: string, fact: Fact, state: unknown, about: About & { version: number; changes: Changes }): OutboxEntry {
  const aggregateId = (state as { id: string }).id;
  const id = uuid7(about.now.getTime());
  return {
    id, aggregateId, sequence: about.version, subject: factSubject(fact, about.companyId ?? 'platform'),
    message: envelope(service, fact, id, aggregateId, about, { sequence: String(about.version) }, { ...(state as object), changes: about.changes }),
  };
}

/** A command as it goes into the outbox. */
export const commandRow = (service: string, command: Command, data: unknown, about: About & { id: string; subject: string }): OutboxEntry => ({
  id: about.id, aggregateId: about.id, sequence: 0, subject: commandSubject(command, about.companyId ?? 'platform'),
  message: envelope(service, command, about.id, about.subject, about, {}, data),
});

/** Log and pending in one statement: the log is kept, the pending rows go when they are sent. */
const append = {
  name: 'outbox-append',
  text: `with logged as (
      insert into outbox (id, aggregate_id, sequence, subject, message)
      select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[])
      returning day, position)
    insert into outbox_pending (day, position) select day, position from logged returning position`,
};

/** Messages on their way into the outbox. */
export interface Leaving {
  readonly statement: readonly [statement: { readonly name: string; readonly text: string }, values: readonly unknown[]];
  /** The messages with their places in the outbox, in the order they were told in. @param rows what the statement answered */
  told(rows: readonly { readonly position: number }[]): Told[];
}

/**
 * Each message is put into bytes once, for the outbox and for the relay.
 * @throws for a message too large to be sent: in the outbox it would keep everything behind it from leaving, of every company
 */
export function leaving(entries: readonly OutboxEntry[]): Leaving {
  const messages = textsAndBytes(entries.map(({ message }) => message));
  for (const [place, { id, subject }] of entries.entries()) {
    if (messages.each[place]!.length > largestMessage) throw new Error(`the message ${id} is too large to be sent (${subject})`);
  }
  return {
    statement: [append, [
      uuids(entries.map(({ id }) => id)), uuids(entries.map(({ aggregateId }) => aggregateId)), ints(entries.map(({ sequence }) => sequence)),
      texts(entries.map(({ subject }) => subject)), messages.array,
    ]],
    told(rows) {
      // Places are given in the order of the rows, whatever order they come back in.
      const positions = rows.map(({ position }) => position).sort((a, b) => a - b);
      return entries.map(({ id, subject }, place) => ({ position: positions[place]!, id, subject, message: messages.each[place]! }));
    },
  };
}
