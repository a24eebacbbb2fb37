/** A real gateway on real NATS and Redis; around it the operations a test wants to be answered. */
import { closeBus, connectBus, encodeAnswer, schemaOf, serve, typeOf, type Bus, type Question, type Served, type Serving } from '@regie/bus';
import { accessToken, factSubject, identity, services, type Caller, type EndedAccess, type Role, type ServiceName } from '@regie/contracts';
import { errorFields, stopApp, type App } from '@regie/runtime';
import { freshNats, type FreshNats } from '@regie/testing';
import { generateKeyPairSync, randomInt, randomUUID, sign as signBytes, type KeyObject } from 'node:crypto';
import { createServer } from 'node:net';
import { startGateway } from '../../src/gateway.ts';

export const freePort = (): Promise<number> => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => { const { port } = server.address() as { port: number }; server.close(() => resolve(port)); });
});

export interface SigningKey { readonly kid: string; readonly privateKey: KeyObject; readonly publicKey: KeyObject }
export const aKey = (kid: string = randomUUID()): SigningKey => ({ kid, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) });
export const publicJwk = ({ kid, publicKey }: SigningKey) => ({ ...publicKey.export({ format: 'jwk' }), kid, alg: accessToken.algorithm, use: 'sig' });
export const pem = (key: KeyObject): string => key.export({ format: 'pem', type: key.type === 'private' ? 'pkcs8' : 'spki' } as never) as unknown as string;

export interface Person { readonly id: string; readonly companyId: string | null; readonly sessionId: string; readonly roles: readonly Role[] }
export const aPerson = (over: Partial<Person> = {}): Person => ({ id: randomUUID(), companyId: randomUUID(), sessionId: randomUUID(), roles: ['manager'], ...over });

export const claimsOf = ({ id, companyId, sessionId, roles }: Person, now = Date.now()) => ({
  iss: accessToken.issuer, aud: accessToken.audience, sub: id, sid: sessionId, jti: randomUUID(), iat: now / 1_000, exp: Math.floor(now / 1_000) + 600, company: companyId, roles,
});

/** Signs whatever it is given, as `header` says. */
export function sign({ kid, privateKey }: SigningKey, claims: object, header: object = {}): string {
  const input = [{ alg: accessToken.algorithm, typ: accessToken.type, kid, ...header }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${input}.${signBytes('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

export type Answerer = (question: Question) => Promise<Served> | Served;

/** Answers operations of a service as the test says, on the bus and with the rights of the real one. */
export async function answering(nats: FreshNats, service: ServiceName, answers: Readonly<Record<string, Answerer>>): Promise<{ bus: Bus; stop(): Promise<void> }> {
  const bus = await connectBus(nats.url(service));
  const serving: Serving = serve(bus, service, services[service].operations, async (question) => {
    const answer = answers[question.key];
    if (!answer) throw new Error(`${question.key} is not answered in this test`);
    return await answer(question);
  }, (error, question) => encodeAnswer(question?.operation ?? ({ output: {}, status: 200 } as never),
    { body: null, reply: true, status: 200 } as never, {} as Caller, { error: errorFields(error) }));
  await bus.nc.flush();
  return { bus, async stop() { await serving.stop(); await closeBus(bus); } };
}

export interface System {
  readonly url: string;
  readonly health: string;
  readonly app: App;
  readonly nats: FreshNats;
  readonly key: SigningKey;
  /** The keys identity shows; change it to rotate. */
  readonly keys: SigningKey[];
  readonly ended: EndedAccess[];
  /** Lets identity come after the gateway. */
  startIdentity(): Promise<void>;
  /** Tells that access ended, as identity does. */
  end(ended: EndedAccess): void;
  token(person?: Person, over?: object): string;
  stop(): Promise<void>;
}

/** @param environment over the test's own */
export async function aSystem(environment: NodeJS.ProcessEnv = {}, { withIdentity = true } = {}): Promise<System> {
  const nats = await freshNats();
  const key = aKey();
  const keys = [key];
  const ended: EndedAccess[] = [];
  const { getKeys, recentAccessChanges } = identity.operations;
  let signIn: Awaited<ReturnType<typeof answering>> | undefined;
  const startIdentity = async (): Promise<void> => {
    signIn = await answering(nats, 'identity', {
      getKeys: ({ caller }) => encodeAnswer(getKeys, { keys: keys.map(publicJwk) } as never, caller, {}),
      recentAccessChanges: ({ caller }) => encodeAnswer(recentAccessChanges, { items: ended } as never, caller, {}),
    });
  };
  if (withIdentity) await startIdentity();
  const [port, healthPort] = [await freePort(), await freePort()];
  const clean = async (): Promise<void> => { await signIn?.stop(); await nats.drop(); };
  const app = await startGateway({
    NATS_URL: nats.url('gateway'), REDIS_URL: `${process.env['TEST_REDIS_URL']!.replace(/\/+$/, '')}/${randomInt(1, 16)}`,
    PORT: String(port), HEALTH_PORT: String(healthPort), LOG_LEVEL: 'error',
    RATE_STRICT_PER_MINUTE: '1000000', RATE_PER_MINUTE: '10000000', ...environment,
  }).catch(async (error: unknown) => { await clean(); throw error; });
  let stopped: Promise<void> | undefined;
  return {
    url: `http://127.0.0.1:${port}`, health: `http://127.0.0.1:${healthPort}`, app, nats, key, keys, ended, startIdentity,
    end(one) {
      const fact = identity.facts.accessChanged;
      const id = randomUUID();
      signIn!.bus.nc.publish(factSubject(fact, 'platform'), JSON.stringify({
        specversion: '1.0', id, source: '/identity', type: typeOf(fact), subject: id, time: new Date().toISOString(),
        datacontenttype: 'application/json', dataschema: schemaOf(fact), companyid: 'platform', sequence: '1',
        data: { id, ...one, changes: {} },
      }));
    },
    token: (person = aPerson(), over = {}) => sign(key, { ...claimsOf(person), ...over }),
    stop: () => (stopped ??= (async () => { await stopApp(app); await clean(); })()),
  };
}

/** The facts the gateway told about a person's company, in order. */
export async function factsOf(system: System, { companyId }: Person): Promise<any[]> {
  const bus = await connectBus(system.nats.url('provision'));
  try {
    const { state } = await bus.manager.streams.info('INTERNAL');
    const facts: any[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const message = await bus.manager.streams.getMessage('INTERNAL', { seq });
      if (message?.subject.split('.')[1] === companyId) facts.push(message.json());
    }
    return facts;
  } finally {
    await closeBus(bus);
  }
}

export interface Got { readonly status: number; readonly headers: Headers; readonly text: string; readonly body: any }

/** Sends and reads one request. */
export async function send(url: string, path: string, { token, ...init }: RequestInit & { token?: string } = {}): Promise<Got> {
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  if (typeof init.body === 'string' && !headers.has('content-type')) headers.set('content-type', 'application/json');
  const response = await fetch(url + path, { ...init, headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: /json/.test(response.headers.get('content-type') ?? '') && text !== '' ? JSON.parse(text) : text };
}
