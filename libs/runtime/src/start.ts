/** Starts a service with a database. What that takes (TypeORM, the driver) is loaded here only: a process without one starts sooner and is smaller. */
import type { ServiceContract } from '@regie/contracts';
import type { App } from './app.ts';
import type { ServiceParts } from './service.ts';

/** Starts the service and resolves when it answers. @throws when its environment will not do */
export async function startService<Contract extends ServiceContract>(parts: ServiceParts<Contract>, environment: NodeJS.ProcessEnv = process.env): Promise<App> {
  const service = await import('./service.ts');
  return service.startService(parts, environment);
}
