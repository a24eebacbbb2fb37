/** Health and metrics on a port of their own, apart from what the world can reach. */
import { createServer, type Server } from 'node:http';
import type { Metrics } from './metrics.ts';

export interface HealthChecks {
  /** What makes the process worth restarting, or null. */
  live(): Promise<string | null>;
  /** What keeps it from doing its work now, or null. */
  ready(): Promise<string | null>;
}

/** Answers /health/live, /health/ready (200 or 503 with the reason) and /metrics. */
export async function serveHealth(host: string, port: number, checks: HealthChecks, metrics: Metrics): Promise<Server> {
  const server = createServer((request, response) => {
    const say = (status: number, type: string, text: string) => { response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text); };
    const judge = (check: () => Promise<string | null>) => void check().then(
      (trouble) => say(trouble === null ? 200 : 503, 'application/json', JSON.stringify(trouble === null ? { status: 'ok' } : { status: 'unavailable', reason: trouble })),
      (error: unknown) => say(503, 'application/json', JSON.stringify({ status: 'unavailable', reason: String(error) })),
    );
    const path = request.url?.split('?')[0];
    if (path === '/health/live') judge(checks.live);
    else if (path === '/health/ready') judge(checks.ready);
    else if (path === '/metrics') say(200, 'text/plain; version=0.0.4', metrics.text());
    else say(404, 'text/plain', 'not found');
  });
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(port, host, resolve); });
  return server;
}

export const closeHealth = (server: Server): Promise<void> => new Promise((resolve) => { server.closeAllConnections(); server.close(() => resolve()); });
