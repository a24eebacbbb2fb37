/** Every service, by name. What runs, what is routed and what may be said on the bus derive from this list. */
import { audit } from './audit/index.ts';
import { events } from './events/index.ts';
import { gateway } from './gateway/index.ts';
import { identity } from './identity/index.ts';
import { inventory } from './inventory/index.ts';
import type { Operation } from './define.ts';
import type { ServiceContract } from './service.ts';

export const services = { gateway, identity, inventory, events, audit } as const satisfies Readonly<Record<string, ServiceContract>>;
export type ServiceName = keyof typeof services;
export const serviceNames = Object.keys(services) as ServiceName[];

/** Every operation that exists. */
export const allOperations: readonly Operation[] = Object.values(services).flatMap((service) => Object.values(service.operations) as Operation[]);
