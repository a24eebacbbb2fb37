/** What every reservation program is asked: one to three lines over some days, of many equipment or of one. */
import { randomBytes, randomUUID } from 'node:crypto';

export interface Line { readonly equipmentId: string; readonly from: Date; readonly to: Date; readonly quantity: number }
export interface Request { readonly id: string; readonly eventId: string; readonly lines: readonly Line[] }

export function uuid7(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const day = 86_400_000;
const start = Date.UTC(2027, 0, 1);

/** @param equipment ids; with one the work is "hot": one line a request */
export const requests = (equipment: readonly string[]): (() => Request) => () => {
  const from = start + Math.floor(Math.random() * 360) * day;
  const to = from + (1 + Math.floor(Math.random() * 5)) * day;
  const many = equipment.length === 1 ? 1 : 1 + Math.floor(Math.random() * 3);
  const chosen = new Set<string>();
  while (chosen.size < many) chosen.add(equipment[Math.floor(Math.random() * equipment.length)]!);
  return { id: uuid7(), eventId: randomUUID(), lines: [...chosen].map((equipmentId) => ({ equipmentId, from: new Date(from), to: new Date(to), quantity: 1 })) };
};

/** What a fact of ours weighs, near enough. */
export const message = ({ id, eventId, lines }: Request, companyId: string): string =>
  JSON.stringify({ specversion: '1.0', id: uuid7(), source: '/inventory', type: 'regie.inventory.reservation.reserved.v1', subject: id, companyid: companyId, data: { id, eventId, status: 'reserved', lines } });

/** The most taken at one instant of a period; touching periods do not add up. */
export function peak(taken: readonly { from: Date; to: Date; quantity: number }[], from: Date, to: Date): number {
  const steps = taken.flatMap((one) => [[Math.max(+one.from, +from), one.quantity], [Math.min(+one.to, +to), -one.quantity]] as [number, number][]);
  steps.sort(([a, up], [b, down]) => a - b || up - down);
  let now = 0;
  let most = 0;
  for (const [, change] of steps) most = Math.max(most, (now += change));
  return most;
}

/** Keeps `width` requests under way for some seconds and says how it went. */
export async function run(width: number, seconds: number, one: () => Promise<void>): Promise<void> {
  const loop = async (until: number, times: number[] | undefined): Promise<void> => {
    while (performance.now() < until) {
      const begun = performance.now();
      await one();
      times?.push(performance.now() - begun);
    }
  };
  const all = (until: number, times?: number[]) => Promise.all(Array.from({ length: width }, () => loop(until, times)));
  await all(performance.now() + 1_000);
  const times: number[] = [];
  const before = process.cpuUsage();
  const begun = performance.now();
  await all(begun + seconds * 1_000, times);
  const elapsed = (performance.now() - begun) / 1_000;
  const { user, system } = process.cpuUsage(before);
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({ n: times.length, perSecond: times.length / elapsed, p50: times[times.length >> 1], p99: times[Math.floor(times.length * 0.99)], cpuUs: (user + system) / times.length }));
}
