/**
 * Gives orders and waits for their decisions, a number of them under way at once.
 * argv: ours|peer, natsUrl, file with the companies, width, seconds, natsUrl of who may hear all (ours only)
 */
import { DeliverPolicy, jetstream } from '@nats-io/jetstream';
import { connect, headers } from '@nats-io/transport-node';
import { closeBus, connectBus, openSender, schemaOf, typeOf } from '@regie/bus';
import { commandSubject, events, filtersOf, inventory } from '@regie/contracts';
import { uuid7 } from '@regie/store';
import { readFileSync } from 'node:fs';
import type { Company } from '../../src/stock.ts';
import { requests, run, type Request } from '../../src/work.ts';

const [kind, url, file, width, seconds, hearing] = process.argv.slice(2) as ['ours' | 'peer', string, string, string, string, string];
const companies = (JSON.parse(readFileSync(file, 'utf8')) as Company[]).map(({ id, equipmentIds }) => ({ id, next: requests(equipmentIds) }));

const waiting = new Map<string, (accepted: boolean) => void>();
const decided = (id: string, accepted: boolean): void => { waiting.get(id)?.(accepted); waiting.delete(id); };
let turn = 0;
const each = (give: (companyId: string, request: Request) => void) => (): Promise<boolean> => {
  const { id, next } = companies[turn++ % companies.length]!;
  const request = next();
  return new Promise((resolve) => { waiting.set(request.id, resolve); give(id, request); });
};

/** Whom a fact is about stands behind it, in the first half thousand characters: the relay's envelope begins with what is short. */
const about = '"subject":"';

/**
 * As events does: the order to COMMANDS; the decision is a fact, so that inventory's relay and the stream are part of the way.
 * It is heard without acks, as the peer's answers are: what is measured is who decides.
 */
async function ours(): Promise<void> {
  const bus = await connectBus(url);
  const { send } = bus.sender;
  const { settle } = inventory.commands;
  const { username, password, host } = new URL(hearing);
  const ears = await connect({ servers: host, user: username, pass: decodeURIComponent(password), inboxPrefix: `_INBOX.${username}` });
  const facts = await jetstream(ears, { checkAPI: false }).consumers.get('FACTS', { filter_subjects: filtersOf(events.listeners.decisions), deliver_policy: DeliverPolicy.New });
  const heard = await facts.consume({
    max_messages: 1_024,
    // Its envelope begins with whom it is about: whoever puts the load on is not to take the time of those who carry it.
    callback({ data, subject }) {
      const text = Buffer.from(data.buffer, data.byteOffset, Math.min(data.length, 500)).toString('latin1');
      const at = text.indexOf(about) + about.length;
      decided(text.slice(at, at + 36), subject.includes('.reservation.reserved.'));
    },
  });
  await run(Number(width), Number(seconds), each((companyId, { id, eventId, lines }) => {
    const data = {
      settlementId: id, eventId, eventName: 'Gala',
      reservations: [{ id, revision: 1, allowPartial: false, requestedBy: null, lines: lines.map((line) => ({ ...line, id: uuid7(), kitId: null })) }],
    };
    const message = {
      specversion: '1.0', id, source: '/events', type: typeOf(settle), subject: eventId, time: new Date().toISOString(),
      datacontenttype: 'application/json', dataschema: schemaOf(settle), companyid: companyId, data,
    };
    const sent = headers();
    sent.set('Nats-Msg-Id', id);
    send({ subject: commandSubject(settle, companyId), payload: JSON.stringify(message), headers: sent });
  }));
  await heard.close();
  await ears.close();
  await closeBus(bus);
}

/** The same orders; the peer answers to our inbox when it has committed. */
async function peer(): Promise<void> {
  const nc = await connect({ servers: url });
  const { send } = openSender(nc);
  const inbox = `_INBOX.bench.${uuid7()}.`;
  nc.subscribe(`${inbox}*`, { callback: (_, message) => decided(message.subject.slice(inbox.length), message.json<{ accepted: boolean }>().accepted) });
  await run(Number(width), Number(seconds), each((companyId, request) => {
    const sent = headers();
    sent.set('Nats-Msg-Id', request.id);
    sent.set('answer-to', inbox + request.id);
    send({ subject: 'orders.reserve', payload: JSON.stringify({ ...request, companyId }), headers: sent });
  }));
  await nc.close();
}

await (kind === 'ours' ? ours() : peer());
