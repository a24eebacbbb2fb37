/** A rental company with its people and its gear, made through the door. */
import { randomUUID } from 'node:crypto';
import { expectStatus, type Call } from './client.ts';

export interface Company {
  readonly admin: string;
  readonly adminId: string;
  readonly companyId: string;
  readonly email: string;
  readonly password: string;
  /** Refresh token of the administrator's first sign-in. */
  readonly refreshToken: string;
}

export const password = 'dix-projecteurs-et-une-console';

export async function aCompany(call: Call, name = 'Lumières du Rhône'): Promise<Company> {
  const email = `admin-${randomUUID()}@rental.example.com`;
  const registered = expectStatus(await call('POST', '/api/auth/register', { body: { email, password, firstName: 'Ana', lastName: 'Martin', company: { name } } }), 201);
  const signedIn = expectStatus(await call('POST', '/api/auth/login', { body: { email, password } }), 200);
  return {
    admin: signedIn.body.accessToken, adminId: registered.body.user.id, companyId: registered.body.company.id, email, password, refreshToken: signedIn.body.refreshToken,
  };
}

/** A token of somebody with these roles. */
export async function aPerson(call: Call, { admin }: Company, roles: readonly string[]): Promise<{ id: string; token: string; email: string }> {
  const email = `${roles[0]}-${randomUUID()}@rental.example.com`;
  const { body } = expectStatus(await call('POST', '/api/users', { token: admin, body: { email, firstName: 'Lou', lastName: 'Petit', roles, password } }), 201);
  const { body: signedIn } = expectStatus(await call('POST', '/api/auth/login', { body: { email, password } }), 200);
  return { id: body.id, token: signedIn.accessToken, email };
}

export const someEquipment = async (call: Call, token: string, over: Readonly<Record<string, unknown>> = {}): Promise<any> =>
  expectStatus(await call(
    'POST', '/api/equipment', { token, body: { name: `Projecteur ${randomUUID().slice(0, 8)}`, category: 'lighting', quantityTotal: 5, ...over } }), 201).body;

/** Hours from a fixed start some days ahead, so that no test depends on the time of day. */
const base = Math.ceil(Date.now() / 86_400_000) * 86_400_000 + 30 * 86_400_000;
export const at = (hours: number): string => new Date(base + hours * 3_600_000).toISOString();

export const someEvent = async (call: Call, token: string, [from, to]: readonly [number, number], over: Readonly<Record<string, unknown>> = {}): Promise<any> =>
  expectStatus(await call('POST', '/api/events', {
    token,
    body: {
      name: `Gala ${randomUUID().slice(0, 8)}`, category: 'mixed', installationAt: at(from),
      startAt: at(from), endAt: at(to), dismantlingAt: at(to), timeZone: 'Europe/Paris', ...over,
    },
  }), 201).body;

export const reserve = (call: Call, token: string, eventId: string, lines: readonly unknown[], headers: Readonly<Record<string, string>> = { prefer: 'wait=10' }) =>
  call('POST', `/api/events/${eventId}/reservations`, { token, body: { lines }, headers });
