/** Repairs: what takes a quantity out of service, and for how long. */
import { instantText, refuse, type Caller, type Maintenance, type Money, type Refusal, type Role, type Static, warehouse } from '@regie/contracts';
import type { Stock } from '../availability/stock.ts';
import { isOutOfService, type Taken } from '../availability/taken.ts';
import { peak, useOf } from '../availability/use.ts';

export type MaintenanceView = Static<typeof Maintenance>;

/** A repair as it is kept; what it puts at risk is worked out when it is shown. Instants in milliseconds since 1970. */
export interface Repair {
  readonly id: string;
  readonly version: number;
  readonly equipmentId: string;
  readonly unitIds: readonly string[];
  readonly quantity: number;
  readonly priority: MaintenanceView['priority'];
  readonly status: MaintenanceView['status'];
  readonly problem: string;
  readonly solution: string | null;
  readonly cost: Money | null;
  readonly technicianId: string | null;
  readonly startsAt: number;
  readonly expectedEndAt: number | null;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  readonly cancelReason: string | null;
  /** When it came back damaged from a reservation. */
  readonly reservationLineId: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

const year = 366 * 86_400_000;
const isoOrNull = (at: number | null): string | null => (at === null ? null : instantText(at));

/** Does it still take something out of service? */
export const isOpen = ({ status }: Pick<Repair, 'status'>): boolean => status === 'pending' || status === 'in_progress';

/** A repair as it is shown and told. @param atRisk promises it puts at risk now */
export const maintenanceView = (repair: Repair, atRisk: MaintenanceView['atRisk']): MaintenanceView => ({
  id: repair.id, createdAt: instantText(repair.createdAt), updatedAt: instantText(repair.updatedAt),
  equipmentId: repair.equipmentId, unitIds: [...repair.unitIds], quantity: repair.quantity,
  priority: repair.priority, status: repair.status, problem: repair.problem, solution: repair.solution,
  cost: repair.cost, technicianId: repair.technicianId, startsAt: instantText(repair.startsAt),
  expectedEndAt: isoOrNull(repair.expectedEndAt), startedAt: isoOrNull(repair.startedAt), completedAt: isoOrNull(repair.completedAt), cancelReason: repair.cancelReason, atRisk,
});

/** A repair as it begins: waiting for somebody, and not started. */
export const newRepair = (
  known: Pick<Repair, 'id' | 'equipmentId' | 'quantity' | 'priority' | 'problem' | 'startsAt' | 'expectedEndAt'> & Partial<Repair>, now: number,
): Repair => ({
  version: 1, unitIds: [], status: 'pending', solution: null, cost: null, technicianId: null, startedAt: null,
  completedAt: null, cancelReason: null, reservationLineId: null, createdAt: now, updatedAt: now, ...known,
});

/** When it takes its quantity, seen now: beyond its expected end while overdue. */
export const takesUntil = ({ expectedEndAt }: Repair, now: number): number | null => (expectedEndAt === null || expectedEndAt <= now ? null : expectedEndAt);

/** @returns start and expected end, or why they will not do */
export function plannedPeriod(
  startsAt: string | undefined, expectedEndAt: string | undefined, now: number,
): { startsAt: number; expectedEndAt: number | null } | Refusal<'period.invalid' | 'period.too-long'> {
  const start = startsAt === undefined ? now : Date.parse(startsAt);
  const end = expectedEndAt === undefined ? null : Date.parse(expectedEndAt);
  if (end !== null && end <= start) return endsBeforeStart();
  if (start < now - year || start > now + 5 * year || (end !== null && end > start + 5 * year)) {
    return refuse('period.too-long', { en: 'Plan it within five years, and back-date it a year at most.', fr: 'Planifiez dans les cinq ans, et antidatez d’un an au plus.' });
  }
  return { startsAt: start, expectedEndAt: end };
}

export const endsBeforeStart = (): Refusal<'period.invalid'> =>
  refuse('period.invalid', { en: 'A repair is expected to end after it starts.', fr: 'La fin prévue vient après le début.' },
    { errors: [{ pointer: '/expectedEndAt', message: { en: 'not after the start', fr: 'pas après le début' } }] });

const invalid = (pointer: string, en: string, fr: string): Refusal<'request.invalid'> => refuse('request.invalid', { en, fr }, { errors: [{ pointer, message: { en, fr } }] });

/**
 * How many pieces go out of service: those named, the quantity said, or all that are in service.
 * @param taken what is taken of this equipment over the repair's period
 */
export function quantityOf(
  { quantity, unitIds }: { quantity?: number | undefined; unitIds?: readonly string[] | undefined },
  { tracking, total }: Stock, taken: readonly Taken[], from: number, to: number | null,
): number | Refusal<'maintenance.state' | 'maintenance.units-required' | 'request.invalid'> {
  if (unitIds) {
    if (quantity !== undefined && quantity !== unitIds.length) return invalid('/quantity', `${unitIds.length} pieces are named.`, `${unitIds.length} pièces sont nommées.`);
    return unitIds.length;
  }
  if (quantity !== undefined) {
    if (quantity > total) return invalid('/quantity', `There are ${total}.`, `Il y en a ${total}.`);
    return tracking === 'serialised' && quantity < total ? piecesUnnamed() : quantity;
  }
  const inService = total - peak(useOf(taken.filter(isOutOfService)), from, to);
  return inService > 0 ? inService : refuse('maintenance.state', { en: 'All of it is out of service already.', fr: 'Tout est déjà hors service.' });
}

const piecesUnnamed = (): Refusal<'maintenance.units-required'> => refuse(
  'maintenance.units-required', { en: 'It is tracked piece by piece: name the pieces.', fr: 'Il est suivi à la pièce : indiquez les pièces.' },
  { errors: [{ pointer: '/unitIds', message: { en: 'is required', fr: 'est requis' } }] },
);

/** Why nothing can be done with it now. */
export const notOpen = ({ status }: Repair): Refusal<'maintenance.state'> =>
  status === 'completed' ? refuse('maintenance.state', { en: 'It is completed already.', fr: 'Elle est déjà terminée.' })
    : refuse('maintenance.state', {
      en: status === 'cancelled' ? 'It was cancelled.' : 'It is in progress already.',
      fr: status === 'cancelled' ? 'Elle a été annulée.' : 'Elle est déjà en cours.',
    });

/** Technicians work on what is assigned to them; the warehouse on everything. */
export function mayWork({ technicianId }: Repair, { id, roles }: Caller): Refusal<'auth.forbidden'> | null {
  if (roles.some((role) => (warehouse as readonly Role[]).includes(role)) || (technicianId !== null && technicianId === id)) return null;
  return refuse('auth.forbidden', { en: 'It is assigned to somebody else.', fr: 'Elle est confiée à quelqu’un d’autre.' });
}

/** Done, with what was done and what it cost. @param scrapped pieces that will not come back */
export function completed(
  repair: Repair, { solution, cost, scrapped }: { solution: string; cost: Money | null; scrapped: number }, now: number,
): Repair | Refusal<'request.invalid' | 'maintenance.state'> {
  if (!isOpen(repair)) return notOpen(repair);
  if (scrapped > repair.quantity) return invalid('/scrapped', `${repair.quantity} are in this repair.`, `${repair.quantity} sont dans cette réparation.`);
  return { ...repair, status: 'completed', solution, cost: cost ?? repair.cost, completedAt: now };
}
