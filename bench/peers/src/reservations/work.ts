/** What every reservation program is asked: one to three lines over some days, of many equipment or of one. */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface Line { readonly equipmentId: string; readonly from: Date; readonly to: Date; readonly quantity: number }
export interface Request { readonly id: string; readonly eventId: string; readonly lines: readonly Line[] }

/** Random bytes are fetched many at a time: each fetch is a call into the system, and who puts the load on shares the cores with those who carry it. */
let pool = randomBytes(0);

export function uuid7(): string {
  if (pool.length === 0) pool = randomBytes(4_096);
  const bytes = pool.subarray(0, 16);
  pool = pool.subarray(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export const idsIn = (file: string): string[] => JSON.parse(readFileSync(file, 'utf8')) as string[];

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.UTC(2027, 0, 1);

/** @param equipment ids; with one the work is "hot": one line a request, over ten years, since one equipment's year would soon be full */
export const requests = (equipment: readonly string[]): (() => Request) => {
  const days = equipment.length === 1 ? 3_600 : 360;
  return () => {
    const from = start + Math.floor(Math.random() * days) * day + Math.floor(Math.random() * 24) * hour;
    const to = from + (1 + Math.floor(Math.random() * 5)) * day;
    const many = equipment.length === 1 ? 1 : 1 + Math.floor(Math.random() * 3);
    const chosen = new Set<string>();
    while (chosen.size < many) chosen.add(equipment[Math.floor(Math.random() * equipment.length)]!);
    return { id: uuid7(), eventId: randomUUID(), lines: [...chosen].map((equipmentId) => ({ equipmentId, from: new Date(from), to: new Date(to), quantity: 1 })) };
  };
};

/** What a fact of ours weighs, and is made of. */
export function message({ id, eventId, lines }: Request, companyId: string): string {
  const now = new Date().toISOString();
  const shown = lines.map(({ equipmentId, quantity, from, to }) =>
    ({ id: uuid7(), equipmentId, kitId: null, quantity, from, to, status: 'reserved', delivered: 0, returned: 0, damaged: 0, missing: 0, late: false, atRisk: false }));
  return JSON.stringify({
    specversion: '1.0', id: uuid7(), source: '/inventory', type: 'regie.inventory.reservation.reserved.v1', subject: id, time: now, datacontenttype: 'application/json',
    dataschema: '/asyncapi.json#/components/schemas/regie.inventory.reservation.reserved.v1', companyid: companyId, sequence: '1',
    data: {
      id, createdAt: now, updatedAt: now, eventId, status: 'reserved', lines: shown, shortages: [], requestedBy: null, decidedAt: now, revision: 1, outcome: 'accepted', settlementId: id,
      unknownEquipmentIds: [], duplicateEquipmentIds: [], heldLineIds: [], changes: { status: [null, 'reserved'], lines: [null, shown], shortages: [null, []] },
    },
  });
}

/** The most taken at one instant of a period; touching periods do not add up. */
export function peak(taken: readonly { from: Date; to: Date; quantity: number }[], from: Date, to: Date): number {
  const steps = taken.flatMap((one) => [[Math.max(+one.from, +from), one.quantity], [Math.min(+one.to, +to), -one.quantity]] as [number, number][]);
  steps.sort(([a, up], [b, down]) => a - b || up - down);
  let now = 0;
  let most = 0;
  for (const [, change] of steps) most = Math.max(most, (now += change));
  return most;
}

/** Keeps `width` requests under way: a warm-up, then the seconds that count, and says how they went. @param one resolves when it is committed, with false when it was refused */
export async function run(width: number, seconds: number, one: () => Promise<boolean>): Promise<void> {
  let refused = 0;
  const loop = async (until: number, times: number[]): Promise<void> => {
    while (performance.now() < until) {
      const begun = performance.now();
      if (!(await one())) refused++;
      times.push(performance.now() - begun);
    }
  };
  const all = async (until: number): Promise<number[]> => {
    const times: number[] = [];
    await Promise.all(Array.from({ length: width }, () => loop(until, times)));
    return times.sort((a, b) => a - b);
  };
  // Long enough for what a process reads once, when it begins: connections, plans, what is promised.
  await all(performance.now() + 2_000);
  refused = 0;
  console.log('measuring');
  const before = process.cpuUsage();
  const begun = performance.now();
  const times = await all(begun + seconds * 1_000);
  const elapsed = (performance.now() - begun) / 1_000;
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ n: times.length, perSecond: times.length / elapsed, p50: times[times.length >> 1], p99: times[Math.floor(times.length * 0.99)], refused, ownCpu: user + system }));
}
