import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commandSubject, factSubject, serviceNames, services, subjectOf, type ServiceContract } from '@regie/contracts';
import { freshNats, type FreshNats } from '@regie/testing';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeBus, connectBus, consumerConfig, durables, natsConfig, natsUsers, provision, streams, type Bus, type NatsUser } from '../src/index.ts';

let nats: FreshNats;
const buses = {} as Record<NatsUser, Bus>;
const refused = {} as Record<NatsUser, string[]>;
beforeAll(async () => {
  nats = await freshNats();
  for (const user of natsUsers) {
    buses[user] = await connectBus(nats.url(user));
    refused[user] = [];
    void (async () => { for await (const status of buses[user].nc.status()) if (status.type === 'error') refused[user].push(String(status.error.message)); })();
  }
});
afterAll(async () => { for (const bus of Object.values(buses)) await closeBus(bus); await nats.drop(); });

/** What the server refused this user of these subjects. */
async function refusals(user: NatsUser, act: (bus: Bus) => void): Promise<string[]> {
  refused[user] = [];
  act(buses[user]);
  // The server answers in order: what it refuses it has refused before this comes back, and the client tells it a moment later.
  await buses[user].nc.flush();
  await buses[user].nc.flush();
  return refused[user];
}
const publishing = async (user: NatsUser, subjects: readonly string[]) => (await refusals(user, ({ nc }) => { for (const subject of subjects) nc.publish(subject, 'x'); })).length;
const contracts = Object.values(services) as readonly ServiceContract[];
const factsOf = ({ facts }: ServiceContract) => Object.values(facts).map((one) => factSubject(one, 'c1'));

describe.each(serviceNames)('the user %s', (name) => {
  const own = services[name] as ServiceContract;
  const others = contracts.filter((contract) => contract.name !== name);

  test('tells its own facts and orders what it may', async () => {
    expect(await publishing(name, [...factsOf(own), ...own.orders.map((order) => commandSubject(order, 'c1'))])).toBe(0);
  });

  test('tells no fact of another service and orders nothing else', async () => {
    const foreign = [...others.flatMap(factsOf), ...contracts.flatMap(({ commands }) => Object.values(commands))
      .filter((command) => !own.orders.includes(command)).map((command) => commandSubject(command, 'c1'))];
    expect(foreign.length).toBeGreaterThan(0);
    expect(await publishing(name, foreign)).toBe(foreign.length);
  });

  test('asks operations only as the gateway, and answers only its own', async () => {
    const all = contracts.flatMap(({ operations }) => Object.values(operations)).map(subjectOf);
    expect(await publishing(name, all)).toBe(name === 'gateway' ? 0 : all.length);
    const listening = others.filter(({ operations }) => Object.keys(operations).length > 0).map((contract) => `op.${contract.name}.>`);
    expect(await refusals(name, ({ nc }) => {
      for (const subject of [...listening, 'op.>', '>', '_INBOX.>', '$JS.>', 'evt.>', 'cmd.>']) nc.subscribe(subject);
    })).toHaveLength(listening.length + 6);
  });

  test('hears its own consumers and reads no other', async () => {
    const mine = durables([own]).map(({ stream, listener }) => `$JS.API.CONSUMER.INFO.${stream}.${listener.name}`);
    expect(await publishing(name, mine)).toBe(0);
    const theirs = durables(others).flatMap(({ stream, listener }) => ['INFO', 'MSG.NEXT', 'DELETE', 'DURABLE.CREATE'].map((verb) =>
      `$JS.API.CONSUMER.${verb}.${stream}.${listener.name}`).concat(`$JS.ACK.${stream}.${listener.name}.1.1.1.1.1`));
    expect(await publishing(name, theirs)).toBe(theirs.length);
  });

  test('neither deletes nor reads streams', async () => {
    const orders = Object.keys(streams).flatMap((stream) => ['DELETE', 'PURGE', 'UPDATE', 'MSG.GET', 'MSG.DELETE']
      .map((verb) => `$JS.API.STREAM.${verb}.${stream}`)
      .concat(`$JS.API.DIRECT.GET.${stream}`, `$JS.API.CONSUMER.CREATE.${stream}`, `$JS.API.CONSUMER.CREATE.${stream}.mine`));
    expect(await publishing(name, orders)).toBe(orders.length);
  });

  test('makes its own consumers again only as they are declared', async () => {
    for (const { stream, listener } of durables([own])) {
      const { filter_subject: _one, filter_subjects: _many, ...wider } = consumerConfig(listener);
      const answer = await buses[name].manager.consumers
        .add(stream, { ...wider, filter_subject: stream === 'COMMANDS' ? 'cmd.>' : stream === 'FACTS' ? 'evt.>' : 'int.>' })
        .then(() => 'made', () => 'refused');
      // Audit alone hears whole streams.
      if (name !== 'audit') expect([listener.name, answer]).toEqual([listener.name, 'refused']);
    }
    await provision(nats.url('provision'), { maxBytes: 64 * 1024 * 1024 });
  });
});

test('nobody gets in without a user, or with a wrong password', async () => {
  const { connect } = await import('@nats-io/transport-node');
  const { host } = new URL(nats.url('audit'));
  await expect(connect({ servers: host, reconnect: false })).rejects.toThrow(/authorization/i);
  await expect(connect({ servers: host, user: 'audit', pass: 'wrong', reconnect: false })).rejects.toThrow(/authorization/i);
});

test('the generated configuration is one the server accepts, whatever is in a password', () => {
  const folder = mkdtempSync(join(tmpdir(), 'regie-nats-conf-'));
  try {
    const file = join(folder, 'nats.conf');
    const passwords = Object.fromEntries(natsUsers.map((user, index) => [user, `quote " back \\ dollar $HOME hash # ${index}`])) as Record<NatsUser, string>;
    writeFileSync(file, natsConfig({ port: 4222, storeDir: folder, passwords, sync: 'always', monitorPort: 8222 }));
    const said = execFileSync(process.env['TEST_NATS_BIN']!, ['-c', file, '-t'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    expect(said).toBe('');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('provisioning takes away the one consumer that heard every slot before there were slots', async () => {
  const { manager } = buses.provision;
  const { listener } = durables().find((one) => one.listener.slot !== undefined)!;
  const name = listener.name.replace(/-\d+$/, '');
  await manager.consumers.add('COMMANDS', { ...consumerConfig(listener), durable_name: name });
  await provision(nats.url('provision'), { maxBytes: 64 * 1024 * 1024 });
  await expect(manager.consumers.info('COMMANDS', name)).rejects.toThrow(/not found/);
  expect((await manager.consumers.info('COMMANDS', listener.name)).name).toBe(listener.name);
});

test('provisioning again changes nothing, and puts right what was changed or is heard otherwise since', async () => {
  const { manager } = buses.provision;
  const seen = async () => Promise.all(durables().map(async ({ stream, listener }) => (await manager.consumers.info(stream, listener.name)).config));
  const before = await seen();
  await manager.consumers.update('FACTS', 'audit-facts', { ack_wait: 9_000_000_000 });
  // As it was before it heard a second fact, and after.
  await manager.consumers.update('FACTS', 'events-decisions', { ...({ filter_subjects: undefined } as object), filter_subject: 'evt.*.inventory.reservation.reserved.v1' });
  expect(await seen()).not.toEqual(before);
  await provision(nats.url('provision'), { maxBytes: 64 * 1024 * 1024 });
  expect(await seen()).toEqual(before);
});
