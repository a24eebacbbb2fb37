/** What telemetry costs: the hop with one trace in ten recorded and sent to a collector, and without any. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { against, cpuPerUnit, inTurn, type Line, type Run, type Slice } from '../src/measure.ts';
import { hopSlice } from './hop.ts';
import { hopServers, startHop } from './hop/ours.ts';

/** Takes what it is sent and forgets it. */
function collector(): Promise<{ url: string; heard: () => number; server: Server }> {
  let heard = 0;
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => { heard += chunk.length; }).once('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard: () => heard, server }));
  });
}

export async function telemetry(run: Run): Promise<Line[]> {
  const { seconds = 6 } = run;
  const servers = await hopServers();
  const sink = await collector();
  const slice = (env: NodeJS.ProcessEnv) => async (): Promise<Slice> => {
    const hop = await startHop(servers, env);
    try {
      return await hopSlice({
        port: hop.port, path: '/api/events', headers: hop.headers, pids: [...hop.programs.map(({ pid }) => pid), servers.nats.pid, servers.redis.pid],
      }, seconds);
    } finally {
      await hop.end();
    }
  };
  try {
    const slices = await inTurn(run, { on: slice({ OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, OTEL_TRACES_SAMPLER_ARG: '0.1' }), off: slice({}) });
    if (sink.heard() === 0) throw new Error('the collector was sent nothing');
    return [against('telemetry on, 10 % sampled: CPU per request', slices.on, 'off', slices.off, { atMost: 1.25 }, cpuPerUnit)];
  } finally {
    sink.server.closeAllConnections();
    sink.server.close();
    await servers.stop();
  }
}
