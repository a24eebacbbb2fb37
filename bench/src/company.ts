/** A company with equipment and events, made over HTTP like anybody's. */
import { client, expected } from '../../stack/src/demo/client.ts';

export interface Company { readonly token: string; readonly equipmentIds: readonly string[]; readonly eventIds: readonly string[] }

const day = 86_400_000;

/** @param gateway address */
export async function makeCompany(gateway: string, { equipment, events }: { equipment: number; events: number }): Promise<Company> {
  const http = client(gateway);
  const person = { email: 'bench@example.com', password: 'lever-de-rideau-20h30' };
  expected(await http.post('/api/auth/register',
    { json: { ...person, firstName: 'Alix', lastName: 'Martin', company: { name: 'Bench', timeZone: 'Europe/Paris', currency: 'EUR' } } }), 201);
  const { accessToken: token } = expected(await http.post<{ accessToken: string }>('/api/auth/login', { json: person }), 200);
  const admin = http.as(token);
  const many = async (count: number, path: string, json: (n: number) => unknown): Promise<string[]> => {
    const ids: string[] = [];
    let next = 0;
    await Promise.all(Array.from({ length: 32 }, async () => {
      for (let n = next++; n < count; n = next++) ids.push(expected(await admin.post<{ id: string }>(path, { json: json(n) }), 201).id);
    }));
    return ids;
  };
  const equipmentIds = await many(equipment, '/api/equipment', (n) => ({ name: `Speaker ${n}`, category: 'sound', tracking: 'bulk', quantityTotal: 10_000 }));
  const first = Math.ceil(Date.now() / day) * day + 30 * day;
  const at = (n: number, after: number) => new Date(first + ((n % 360) + after) * day).toISOString();
  const eventIds = await many(events, '/api/events', (n) => ({
    name: `Gala ${n}`, category: 'mixed', installationAt: at(n, 0), startAt: at(n, 1), endAt: at(n, 2), dismantlingAt: at(n, 3), timeZone: 'Europe/Paris',
  }));
  return { token, equipmentIds, eventIds };
}
