/** A closed loop of HTTP requests on keep-alive sockets: as cheap as can be, since it shares the cores with what it measures. */
import { connect, type Socket } from 'node:net';

export interface Load {
  readonly port: number;
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | (() => string);
  /** Requests under way at once. */
  readonly width: number;
  readonly seconds: number;
}

export interface Loaded {
  readonly n: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** status → how often */
  readonly statuses: Readonly<Record<string, number>>;
}

export async function load({ port, method = 'POST', path, headers = {}, body, width, seconds }: Load): Promise<Loaded> {
  const head = `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${Object.entries({ 'content-type': 'application/json', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`).join('')}`;
  const fixed = typeof body === 'string' ? Buffer.from(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`) : undefined;
  const next = (): Buffer | string => {
    if (fixed) return fixed;
    const text = (body as () => string)();
    return `${head}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
  };
  const times: number[] = [];
  const statuses: Record<string, number> = {};
  const begun = performance.now();
  const until = begun + seconds * 1_000;

  const one = (): Promise<void> => new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    let sentAt = 0;
    let text = '';
    const send = () => { sentAt = performance.now(); socket.write(next()); };
    socket.once('connect', send);
    socket.once('error', reject);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = /content-length: (\d+)/i.exec(text.slice(0, end));
      const complete = length ? text.length >= end + 4 + Number(length[1]) : text.endsWith('0\r\n\r\n') || /^HTTP\/1\.1 204/.test(text);
      if (!complete) return;
      times.push(performance.now() - sentAt);
      const status = text.slice(9, 12);
      statuses[status] = (statuses[status] ?? 0) + 1;
      text = '';
      if (performance.now() < until) send();
      else { socket.destroy(); resolve(); }
    });
  });
  await Promise.all(Array.from({ length: width }, one));
  const elapsed = (performance.now() - begun) / 1_000;
  times.sort((a, b) => a - b);
  return { n: times.length, perSecond: times.length / elapsed, p50: times[times.length >> 1] ?? 0, p99: times[Math.floor(times.length * 0.99)] ?? 0, statuses };
}
