/** What is free, over a period: computed from what is promised and out of service, never from a counter. */
import Type from 'typebox';
import { staff } from '../caller.ts';
import { Count, Day, Id, Instant, list, object, optional, page, paging, Quantity } from '../common.ts';
import { operation } from '../define.ts';
import { CategoryKey } from './categories.ts';

export const periodErrors = ['period.invalid', 'period.too-long'] as const;

export const availabilityOperations = {
  queryAvailability: operation('inventory.availability.query', {
    summary: 'What is free of many equipment over one period, and what is short', route: 'POST /api/availability/query', roles: staff, keyed: false,
    body: object({ from: Instant, to: Instant, lines: list(object({ equipmentId: Id, quantity: Quantity }), 500, 1) }),
    output: object({ lines: Type.Array(object({ equipmentId: Id, total: Count, free: Count, requested: Count, short: Count })) }), errors: periodErrors,
  }),
  getAvailability: operation('inventory.availability.get', {
    summary: 'What is free of one equipment: at every instant, the peak of use, day by day', route: 'GET /api/equipment/:id/availability', roles: staff,
    query: object({ from: Instant, to: Instant }),
    output: object({
      equipmentId: Id, total: Count, free: Count, peak: Count,
      segments: Type.Array(object({ from: Instant, to: Instant, free: Count })),
      days: Type.Array(object({ date: Day, free: Count, reserved: Count, outOfService: Count })),
    }), errors: periodErrors,
  }),
  getTimeline: operation('inventory.availability.timeline', {
    summary: 'Day by day for the calendar', route: 'GET /api/availability/timeline', roles: staff,
    query: object({ from: Instant, to: Instant, category: optional(CategoryKey), ...paging }),
    output: page(object({ equipmentId: Id, reference: Type.String(), days: Type.Array(object({ date: Day, total: Count, free: Count })) })), errors: periodErrors,
  }),
};
