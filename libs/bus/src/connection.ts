/** One connection to NATS per process, and how it is known to be alive. */
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { openAsking, type Asking } from './ask.ts';
import { openSender, type Sender } from './sender.ts';

export interface Bus {
  readonly nc: NatsConnection;
  /** The user this process is, which is also its service's name. */
  readonly user: string;
  readonly js: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly asking: Asking;
  /** Questions and answers leave through it, many at once. */
  readonly sender: Sender;
  /** Consumer loops report here; a deaf one makes the process unhealthy. */
  readonly loops: Map<string, Loop>;
}

/** A consumer loop, as health sees it. */
export interface Loop {
  /** When it last heard a message or a heartbeat, in milliseconds since 1970. */
  heardAt: number;
  /** Messages it has taken and not settled. */
  readonly inHand: number;
}

/**
 * Connects and keeps trying for ever after: an outage of NATS ends no process.
 * @param url `nats://user:password@host:port`
 */
export async function connectBus(url: string): Promise<Bus> {
  const { username, password, host } = new URL(url);
  const user = decodeURIComponent(username);
  const nc = await connect({
    servers: host, user, pass: decodeURIComponent(password), name: user, inboxPrefix: `_INBOX.${user}`,
    // Building a stack trace for each request costs 1.7 times the throughput.
    noAsyncTraces: true,
    // What is published together is written together; at the client's own 32 KB a window of facts was a dozen writes.
    ...({ pendingLimit: 512 * 1024 } as object),
    maxReconnectAttempts: -1, reconnectTimeWait: 250, reconnectJitter: 250, waitOnFirstConnect: true, pingInterval: 10_000, maxPingOut: 3,
  });
  // Without the account check, which a service has no right to make.
  const manager = await jetstreamManager(nc, { checkAPI: false });
  const sender = openSender(nc);
  return { nc, user, js: jetstream(nc, { checkAPI: false }), manager, sender, asking: openAsking(nc, sender), loops: new Map() };
}

/** How long a loop may hear nothing; its heartbeat comes every 5 s. */
const deafAfter = 30_000;

/**
 * An active round trip, and every loop heard something lately. A connection can look open and be dead.
 * @returns null when well, else what is wrong
 */
export async function busTrouble(bus: Bus, timeout = 2_000): Promise<string | null> {
  if (bus.nc.isClosed()) return 'NATS connection closed';
  const answered = await Promise.race([bus.nc.rtt().then(() => true, () => false), new Promise<boolean>((resolve) => { setTimeout(resolve, timeout, false).unref(); })]);
  if (!answered) return 'NATS does not answer';
  const deaf = [...bus.loops].filter(([, { heardAt }]) => Date.now() - heardAt > deafAfter).map(([name]) => name);
  return deaf.length > 0 ? `hears nothing: ${deaf.join(', ')}` : null;
}

/** Lets what is in hand go out, then closes. */
export async function closeBus({ nc, asking, sender }: Bus): Promise<void> {
  sender.flush();
  asking.close();
  if (nc.isClosed()) return;
  await Promise.race([nc.drain().catch(() => undefined), new Promise((resolve) => { setTimeout(resolve, 3_000).unref(); })]);
  if (!nc.isClosed()) await nc.close();
}
