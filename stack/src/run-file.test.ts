import { expect, test } from '@jest/globals';
import type { Regie } from './regie.ts';
import { runFile } from './run-file.ts';

test('run.json holds the gateway, the services, the servers and the demo, and nothing that is not data', () => {
  const running = {
    gateway: 'http://127.0.0.1:8080',
    services: { audit: { name: 'audit', pid: 7, log: '/logs/audit.log', health: 'http://127.0.0.1:9001', start: null, stop: null, kill: null } },
    servers: { nats: { name: 'nats', url: 'nats://127.0.0.1:4222', from: 'a container', urlFor: null, start: null, stop: null, kill: null } },
  } as unknown as Regie;
  expect(runFile(running, { company: 'Régie Démo' })).toEqual({
    gateway: 'http://127.0.0.1:8080',
    services: { audit: { pid: 7, log: '/logs/audit.log', health: 'http://127.0.0.1:9001' } },
    servers: { nats: { url: 'nats://127.0.0.1:4222', from: 'a container' } },
    demo: { company: 'Régie Démo' },
  });
});

test('without a demo its place is null', () => {
  expect(runFile({ gateway: '', services: {}, servers: {} as Regie['servers'] }, undefined).demo).toBeNull();
});
