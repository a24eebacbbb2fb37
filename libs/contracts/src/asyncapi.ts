/** Facts and commands as an AsyncAPI 3.0 document: what partners, and services among themselves, read from NATS. */
import { componentSchemas, documented } from './components.ts';
import { commandSubject, factSubject, typeOf, type Command, type Fact } from './define.ts';
import { services } from './services.ts';
import { streamOf, type ServiceContract } from './service.ts';

type Json = Record<string, unknown>;

/** The document of everything that is told and ordered. */
export function asyncapi({ version = '0.1.0' }: { version?: string } = {}): Json {
  const told = Object.values(services as Readonly<Record<string, ServiceContract>>).flatMap(({ name, facts, commands, orders }) => [
    ...Object.values(facts).map((message) => ({ service: name, action: 'send', message: message as Fact | Command })),
    ...orders.map((message) => ({ service: name, action: 'send', message: message as Fact | Command })),
    ...Object.values(commands).map((message) => ({ service: name, action: 'receive', message: message as Fact | Command })),
  ]);
  const messages = [...new Map(told.map(({ message }) => [typeOf(message), message])).values()];
  const data = Object.fromEntries(messages.map((message) => [typeOf(message), documented(message.data)]));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Régie: facts and commands', version, license: { name: 'MIT' },
      description: 'CloudEvents 1.0 in structured JSON. A fact carries the full public state of its aggregate after it, `changes`, and in `sequence` the aggregate’s version: one fact per version, newer wins. Delivered at least once; `id` tells a repetition.',
    },
    defaultContentType: 'application/cloudevents+json',
    channels: Object.fromEntries(messages.map((message) => [typeOf(message), channelOf(message)])),
    operations: Object.fromEntries(told.map(({ service, action, message }) => [
      `${service}.${action}.${typeOf(message)}`, { action, channel: { $ref: `#/channels/${typeOf(message)}` }, tags: [{ name: service }] },
    ])),
    components: {
      messages: Object.fromEntries(messages.map((message) => [typeOf(message), messageOf(message)])),
      schemas: { CloudEvent: envelope, ...data, ...componentSchemas(data) },
    },
  };
}

const channelOf = (message: Fact | Command): Json => ({
  address: message.kind === 'command' ? commandSubject(message, '*').replace('*', '{slot}') : factSubject(message, '{company}'),
  ...(message.kind === 'command'
    ? (message.slots === null ? {} : { parameters: { slot: { description: `The company’s slot: the FNV-1a hash of its id, modulo ${message.slots}` } } })
    : { parameters: { company: { description: 'The company’s id; `platform` where there is none' } } }),
  messages: { [typeOf(message)]: { $ref: `#/components/messages/${typeOf(message)}` } },
  'x-stream': streamOf(message),
  'x-visibility': message.kind === 'command' ? 'internal' : message.visibility,
});

const messageOf = (message: Fact | Command): Json => ({
  name: typeOf(message), contentType: 'application/cloudevents+json',
  payload: {
    allOf: [
      { $ref: '#/components/schemas/CloudEvent' },
      { type: 'object', properties: { type: { const: typeOf(message) }, data: { $ref: `#/components/schemas/${typeOf(message)}` } } },
    ],
  },
});

const text = (description: string, more: Json = {}): Json => ({ type: 'string', description, ...more });
const envelope: Json = {
  type: 'object', required: ['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'dataschema', 'companyid', 'data'],
  properties: {
    specversion: { const: '1.0' }, id: text('UUID; the same for every repetition'),
    source: text('`/inventory`'), type: text('`regie.<name>.v<version>`'), subject: text('The aggregate’s id'),
    time: text('When it happened', { format: 'date-time' }), datacontenttype: { const: 'application/json' }, dataschema: text('Where its schema stands in this document'),
    companyid: text('The company; `platform` where there is none'), actorid: text('Who did it'), sequence: text('The aggregate’s version after it', { pattern: '^[0-9]+$' }),
    traceparent: text('W3C trace context'), causationid: text('The message that caused it'), origin: text('Sealed for the audit trail'), data: { type: 'object' },
  },
};
