/** Identity running on its own database and NATS, and people to ask it as. */
import { closeBus, connectBus, type Bus } from '@regie/bus';
import { identity, type AccessClaims, type Caller, type Operation } from '@regie/contracts';
import { startService, stopApp, type App } from '@regie/runtime';
import { aCaller, askAs, freePort, freshDatabase, freshNats, type AskOver, type FreshDatabase } from '@regie/testing';
import { decodeJwt } from 'jose';
import { randomBytes } from 'node:crypto';
import { migrations } from '../src/database.ts';
import { parts } from '../src/identity.ts';
import { openTools } from '../src/settings.ts';
import type { Tools } from '../src/tools.ts';

export const { operations, facts } = identity;
export const keySecret = 'for-tests-only-and-long-enough-to-be-one';
export const goodPassword = 'rideau-tulipe-gradateur-9';

export type Told = Awaited<ReturnType<typeof askAs<any>>>;
type Parts = ReturnType<typeof parts>;
export interface Replica { readonly app: App; readonly tools: Tools }
export interface Person extends Caller {
  readonly email: string; readonly accessToken: string; readonly refreshToken: string; readonly password: string; readonly claims: AccessClaims;
}

export interface World {
  readonly db: FreshDatabase;
  readonly gateway: Bus;
  readonly tools: Tools;
  /** Starts one more process of the service, in this one. */
  replica(changed?: (whole: Parts) => Parts, tools?: Partial<Tools>): Promise<Replica>;
  ask(caller: Caller, operation: Operation, over?: AskOver): Promise<Told>;
  signIn(email: string, password?: string, over?: Partial<Caller>): Promise<Person>;
  /** Registers and signs in. */
  anAdmin(company?: string): Promise<Person>;
  somebodyAlone(): Promise<Person>;
  /** A colleague of this administrator, signed in. */
  aColleague(admin: Person, roles: readonly string[]): Promise<Person>;
  drop(): Promise<void>;
}

export const nobodyYet = (over: Partial<Caller> = {}): Caller => aCaller({ id: null, companyId: null, roles: [], sessionId: null, ...over });
export const anEmail = (): string => `${randomBytes(6).toString('hex')}@people.example.com`;

/** @param given what differs from the service as it is shipped */
export async function aWorld(given: { changed?: (whole: Parts) => Parts; tools?: Partial<Tools>; platformAdmin?: string } = {}): Promise<World> {
  const [db, nats] = await Promise.all([freshDatabase('identity', migrations), freshNats()]);
  const running: App[] = [];
  const shipped = await openTools({ IDENTITY_KEY_SECRET: keySecret, ...(given.platformAdmin === undefined ? {} : { REGIE_PLATFORM_ADMIN: given.platformAdmin }) });

  const replica: World['replica'] = async (changed = (whole) => whole, tools = {}) => {
    const own = { ...shipped, ...tools };
    const app = await startService(changed(parts(own)), { NATS_URL: nats.url('identity'), DATABASE_URL: db.url, HEALTH_PORT: String(await freePort()), LOG_LEVEL: 'error' });
    running.push(app);
    return { app, tools: own };
  };
  const { tools } = await replica(given.changed, given.tools);
  const gateway = await connectBus(nats.url('gateway'));
  const ask: World['ask'] = (caller, operation, over) => askAs<any>(gateway, caller, operation, over);

  const signIn: World['signIn'] = async (email, password = goodPassword, over = {}) => {
    const { status, body } = await ask(nobodyYet(over), operations.login, { body: { email, password } });
    if (status !== 200) throw new Error(`sign-in: ${status} ${JSON.stringify(body)}`);
    const claims = decodeJwt(body.accessToken) as unknown as AccessClaims;
    return {
      ...aCaller({ id: claims.sub, companyId: claims.company, roles: claims.roles, sessionId: claims.sid, ...over }),
      email, password, claims, accessToken: body.accessToken, refreshToken: body.refreshToken,
    };
  };
  const registered = async (more: object): Promise<Person> => {
    const email = anEmail();
    const { status, body } = await ask(nobodyYet(), operations.register, { body: { email, password: goodPassword, firstName: 'Camille', lastName: 'Moreau', ...more } });
    if (status !== 201) throw new Error(`register: ${status} ${JSON.stringify(body)}`);
    return signIn(email);
  };
  return {
    db, gateway, tools, replica, ask, signIn,
    anAdmin: (company = `Société ${randomBytes(3).toString('hex')}`) => registered({ company: { name: company } }),
    somebodyAlone: () => registered({}),
    async aColleague(admin, roles) {
      const email = anEmail();
      const { status, body } = await ask(admin, operations.createUser, { body: { email, password: goodPassword, firstName: 'Alix', lastName: 'Bernard', roles } });
      if (status !== 201) throw new Error(`colleague: ${status} ${JSON.stringify(body)}`);
      return signIn(email);
    },
    async drop() {
      await closeBus(gateway);
      for (const app of running) await stopApp(app);
      await Promise.all([db.drop(), nats.drop()]);
    },
  };
}
