/** Answers what is free: nothing is changed here. */
import { instantText, inventory, isRefusal, notFound } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { dayByDay, freeOver, freeSegments, periodOf } from './availability.ts';
import { takenIn, takenOver } from './availability.store.ts';
import { zoneOf } from './company-zone.store.ts';
import { listStock, stockOf } from './stock.store.ts';
import { peak, useOf } from './use.ts';

const { queryAvailability, getAvailability, getTimeline } = inventory.operations;
const said = { en: 'equipment', fr: 'matériel' };
/** A page of the calendar holds a quarter. */
const longestCalendar = 93 * 86_400_000;

export const availabilityOperations: HandlersIn<{ queryAvailability: typeof queryAvailability; getAvailability: typeof getAvailability; getTimeline: typeof getTimeline }> = {
  /** As a reservation would find it: each equipment's preparation and turnaround have to fit too. */
  async queryAvailability({ from, to, lines }, { tx, now }) {
    const period = periodOf(from, to);
    if (isRefusal(period)) return period;
    const stock = await stockOf(tx, lines.map(({ equipmentId }) => equipmentId));
    const unknown = lines.findIndex(({ equipmentId }) => !stock.has(equipmentId));
    if (unknown >= 0) return notFound(said, `/lines/${unknown}/equipmentId`);
    const blocked = (id: string) => ({ from: period[0] - stock.get(id)!.prepMs, to: period[1] + stock.get(id)!.turnaroundMs });
    const taken = await takenIn(tx, [...stock.keys()].map((equipmentId) => ({ companyId: tx.companyId, equipmentId, ...blocked(equipmentId) })), now.getTime());
    return {
      lines: lines.map(({ equipmentId, quantity }) => {
        const { total } = stock.get(equipmentId)!;
        const window = blocked(equipmentId);
        const free = freeOver(total, taken.get(equipmentId)!, window.from, window.to);
        return { equipmentId, total, free, requested: quantity, short: Math.max(0, quantity - free) };
      }),
    };
  },

  async getAvailability({ id, from, to }, { tx }) {
    const period = periodOf(from, to);
    if (isRefusal(period)) return period;
    const stock = (await stockOf(tx, [id])).get(id);
    if (!stock) return notFound(said);
    const taken = (await takenOver(tx, [id], ...period)).get(id)!;
    return {
      equipmentId: id, total: stock.total, free: freeOver(stock.total, taken, ...period), peak: peak(useOf(taken), ...period),
      segments: freeSegments(stock.total, taken, ...period).map((part) => ({ from: instantText(part.from), to: instantText(part.to), free: part.free })),
      days: dayByDay(stock.total, taken, ...period, await zoneOf(tx)),
    };
  },

  async getTimeline({ from, to, category, limit, cursor }, { tx }) {
    const period = periodOf(from, to, longestCalendar);
    if (isRefusal(period)) return period;
    const page = await listStock(tx, { category, limit, cursor });
    if (isRefusal(page)) return page;
    const taken = await takenOver(tx, page.rows.map(({ id }) => id), ...period);
    const zone = await zoneOf(tx);
    return {
      items: page.rows.map(({ id, reference, total }) => ({
        equipmentId: id, reference, days: dayByDay(total, taken.get(id)!, ...period, zone).map(({ date, free }) => ({ date, total, free })),
      })),
      nextCursor: page.nextCursor,
    };
  },
};
