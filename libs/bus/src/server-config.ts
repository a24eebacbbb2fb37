/** Who may say and hear what: the NATS server's users and permissions, generated from the contracts. */
import { commandSubject, factSubject, filtersOf, partsOf, serviceNames, services, unslotted, type ServiceContract } from '@regie/contracts';

/** Bytes of the largest message that may be sent; the server takes a little more, for the headers. */
export const largestMessage = 4_000_000;

export interface Permissions { readonly publish: readonly string[]; readonly subscribe: readonly string[] }

/** What one service may do: answer its own operations, tell its own facts, give its declared orders, hear its own consumers. */
export function permissionsOf(contract: ServiceContract): Permissions {
  const { name, operations, facts, orders, listeners } = contract;
  const publish = new Set<string>([`wake.${name}`]);
  const subscribe = new Set<string>([`_INBOX.${name}.>`, `wake.${name}`]);
  if (Object.keys(operations).length > 0) subscribe.add(`op.${name}.>`);
  for (const fact of Object.values(facts)) publish.add(factSubject(fact, '*'));
  for (const order of orders) publish.add(commandSubject(order, '*')).add(unslotted(order));
  if (orders.length > 0) publish.add('done.*');
  for (const listener of Object.values(listeners).flatMap(partsOf)) {
    const filters = filtersOf(listener);
    for (const stream of listener.streams) {
      publish.add(`$JS.API.CONSUMER.INFO.${stream}.${listener.name}`);
      publish.add(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${listener.name}`);
      publish.add(filters.length === 1 ? `$JS.API.CONSUMER.CREATE.${stream}.${listener.name}.${filters[0]}` : `$JS.API.CONSUMER.CREATE.${stream}.${listener.name}`);
      publish.add(`$JS.API.CONSUMER.DURABLE.CREATE.${stream}.${listener.name}`);
      publish.add(`$JS.ACK.${stream}.${listener.name}.>`);
    }
  }
  // Answers go to whoever asked, by its inbox.
  if (Object.keys(operations).length > 0) publish.add('_INBOX.gateway.>').add('_INBOX.audit.>');
  if (name === 'gateway') {
    publish.add('op.>');
    subscribe.add('done.>');
    // Ended access is heard as it is told; the list of the last minutes is asked for.
    subscribe.add('int.*.identity.access.changed.v1');
    // A key is published before it signs.
    subscribe.add('int.*.identity.key.published.v1');
  }
  return { publish: [...publish], subscribe: [...subscribe] };
}

/** Users of the server: one per service, and `provision`, which makes streams and consumers and reads their figures. */
export const natsUsers = ['provision', ...serviceNames] as const;
export type NatsUser = (typeof natsUsers)[number];

export interface ServerOptions {
  readonly port: number;
  readonly host?: string;
  readonly storeDir: string;
  readonly passwords: Readonly<Record<NatsUser, string>>;
  /** `always` survives a power cut, at a tenth of the speed on one node; see docs. */
  readonly sync?: 'always' | string;
  /** Port for /varz, /jsz, /healthz; none when absent. */
  readonly monitorPort?: number;
}

/** The text of a nats-server configuration file. */
export function natsConfig({ port, host = '127.0.0.1', storeDir, passwords, sync, monitorPort }: ServerOptions): string {
  const quoted = (subjects: readonly string[]) => `[${subjects.map((subject) => JSON.stringify(subject)).join(', ')}]`;
  const user = (name: NatsUser): string => {
    const { publish, subscribe } = name === 'provision'
      ? { publish: ['$JS.API.>', '_INBOX.provision.>', 'evt.>', 'int.>', 'cmd.>', '$JS.ACK.>', 'op.*.outbox.>'], subscribe: ['_INBOX.provision.>', '$JS.EVENT.ADVISORY.>'] }
      : permissionsOf(services[name]);
    return `    { user: ${JSON.stringify(name)}, password: ${JSON.stringify(passwords[name])}, permissions: { publish: { allow: ${quoted(publish)} }, subscribe: { allow: ${quoted(subscribe)} } } }`;
  };
  return `# Generated from libs/contracts: users and what each may say and hear.
host: ${JSON.stringify(host)}
port: ${port}
${monitorPort === undefined ? '' : `http: "${host}:${monitorPort}"\n`}max_payload: 4MB
jetstream { store_dir: ${JSON.stringify(storeDir)}, max_memory_store: 256MB${sync === undefined ? '' : `, sync_interval: ${JSON.stringify(sync)}`} }
authorization {
  users: [
${natsUsers.map(user).join('\n')}
  ]
}
`;
}
