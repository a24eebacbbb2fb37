/** Who asks: what the gateway read from the token and the connection, and passes on with every question. */
import type { Static } from 'typebox';
import { enumeration } from './enumeration.ts';

export const Role = enumeration('role', {
  admin: ['Administrator', 'Administrateur'],
  manager: ['Planner', 'Planificateur'],
  maintenance: ['Workshop and warehouse', 'Atelier et dépôt'],
  technician: ['Technician', 'Technicien'],
  driver: ['Driver', 'Chauffeur'],
  photographer: ['Photographer', 'Photographe'],
  client: ['Client', 'Client'],
  sales_director: ['Sales director', 'Directeur commercial'],
  sales_manager: ['Sales manager', 'Responsable commercial'],
  sales_rep: ['Sales representative', 'Commercial'],
  platform_admin: ['Platform administrator', 'Administrateur de la plateforme'],
});
export type Role = Static<typeof Role>;

/** Any role in a company but `client`. */
export const staff = [
  'admin', 'manager', 'maintenance', 'technician', 'driver', 'photographer', 'sales_director', 'sales_manager', 'sales_rep',
] as const satisfies readonly Role[];

/** Who writes where api.md names nobody. */
export const planners = ['admin', 'manager'] as const satisfies readonly Role[];

/** Who writes in inventory: wherever `maintenance` may, `manager` may. */
export const warehouse = ['admin', 'manager', 'maintenance'] as const satisfies readonly Role[];

/** Who hands gear out and takes it back. */
export const handlers = ['admin', 'manager', 'maintenance', 'technician'] as const satisfies readonly Role[];

/** `public` needs no token, `self` any signed-in person, a list one of its roles. */
export type Access = 'public' | 'self' | readonly Role[];

export type Language = 'en' | 'fr';

export interface Caller {
  /** The person; null when nobody is signed in. */
  readonly id: string | null;
  readonly companyId: string | null;
  readonly roles: readonly Role[];
  /** The sign-in this token belongs to (the refresh family). */
  readonly sessionId: string | null;
  readonly ip: string;
  readonly userAgent: string;
  /** Names one HTTP request in every log. */
  readonly requestId: string;
  readonly language: Language;
}

/** May this caller ask it? An admin may do all that staff may within its company; tenancy is the database's business. */
export function allows(access: Access, caller: Caller): boolean {
  if (access === 'public') return true;
  if (caller.id === null) return false;
  if (access === 'self') return true;
  if (caller.companyId === null && !caller.roles.includes('platform_admin')) return false;
  return caller.roles.some((role) => access.includes(role));
}
