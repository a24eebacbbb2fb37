import { client, expected } from './client.ts';
import type { Client } from './client.ts';
import { demoZone } from './dates.ts';
import { planEvent } from './planning.ts';
import type { ImportReport, LoggedIn, Registered } from './shapes.ts';
import { stockCsv } from './stock.ts';

/** One demo log-in per role of the main job. */
export interface DemoAccount {
  role: 'admin' | 'manager' | 'maintenance' | 'technician';
  email: string;
  password: string;
}

/** The demo company and who can log in to it. */
export interface DemoAccounts {
  company: string;
  accounts: DemoAccount[];
}

const password = 'lever-de-rideau-20h30';
const people = [
  { role: 'admin', firstName: 'Alix', lastName: 'Martin' },
  { role: 'manager', firstName: 'Maël', lastName: 'Bernard' },
  { role: 'maintenance', firstName: 'Morgane', lastName: 'Petit' },
  { role: 'technician', firstName: 'Théo', lastName: 'Durand' },
] as const;

const addressOf = (role: DemoAccount['role']): string => `${role}@regie-demo.example.com`;

/**
 * Makes the demo company with its people, its stock list, a customer and an event to come. When the admin can already log
 * in it changes nothing. Throws when the system does not answer as declared.
 * @param gateway the gateway's address, e.g. `http://127.0.0.1:8080`
 */
export const seedDemo = async (gateway: string): Promise<DemoAccounts> => {
  const http = client(gateway);
  const demo: DemoAccounts = { company: 'Régie Démo', accounts: people.map(({ role }) => ({ role, email: addressOf(role), password })) };
  const login = () => http.post<LoggedIn>('/api/auth/login', { json: { email: addressOf('admin'), password } });
  // Only "wrong credentials" (401) means that there is no such person yet; any other answer is no reason to register.
  const known = await login();
  if (known.status !== 401) {
    expected(known, 200);
    return demo;
  }
  const [{ firstName, lastName }, ...staff] = people;
  const company = { name: demo.company, timeZone: demoZone, currency: 'EUR' };
  expected(await http.post<Registered>('/api/auth/register', { json: { email: addressOf('admin'), password, firstName, lastName, company } }), 201);
  const admin = http.as(expected(await login(), 200).accessToken);
  for (const person of staff) {
    const user = { email: addressOf(person.role), firstName: person.firstName, lastName: person.lastName, roles: [person.role], password };
    expected(await admin.post('/api/users', { json: user }), 201);
  }
  await fill(admin);
  return demo;
};

const fill = async (admin: Client): Promise<void> => {
  expected(await admin.post<ImportReport>('/api/equipment/import?dryRun=false', { csv: await stockCsv() }), 200);
  const contacts = [{ name: 'Jeanne Roux', email: 'jeanne.roux@congres.example.com' }];
  const customer = expected(await admin.post<{ id: string }>('/api/customers', { json: { name: 'Congrès de l’Estuaire', contacts } }), 201);
  const venue = { name: 'Palais des congrès (exemple)', address: '2 rue de l’Exemple, 44000 Nantes' };
  await planEvent(admin, 'Congrès de l’Estuaire', 14, { customerId: customer.id, venue, expectedParticipants: 600 });
};
