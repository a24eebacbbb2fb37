/** The whole surface of Régie, without IO. */
export * from './asyncapi.ts';
export * from './audit/index.ts';
export * from './caller.ts';
export * from './common.ts';
export * from './define.ts';
export * from './enumeration.ts';
export * from './events/index.ts';
export * from './formats.ts';
export * from './gateway/index.ts';
export * from './identity/index.ts';
export * from './inventory/index.ts';
export * from './openapi.ts';
export * from './problem.ts';
export * from './project.ts';
export * from './resource.ts';
export * from './service.ts';
export * from './services.ts';
