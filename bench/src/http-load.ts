/** A load of HTTP requests on keep-alive sockets: as cheap as can be, since it shares the cores with what it measures. */
import { connect, type Socket } from 'node:net';
import { percentile } from './measure.ts';

export interface Asked { readonly path: string; readonly body: string; readonly headers?: Readonly<Record<string, string>> }

export interface Load {
  readonly port: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is asked: the same each time, or another. */
  readonly request: Asked | (() => Asked);
  /** Requests under way at once, and sockets. */
  readonly width: number;
  readonly seconds: number;
  /** Requests a second, each begun when it is due whatever becomes of the others; without it each socket asks again when it is answered. */
  readonly rate?: number;
}

export interface Loaded {
  readonly n: number;
  readonly perSecond: number;
  /** Milliseconds; at a fixed rate from when the request was due. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** status → how often */
  readonly statuses: Readonly<Record<string, number>>;
  /** The first answer that was none of 2xx. */
  readonly wrong: string | null;
}

/** POSTs JSON and reads the answers; one request a socket at a time. */
export async function load({ port, headers = {}, request, width, seconds, rate }: Load): Promise<Loaded> {
  const common = `host: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n${lines(headers)}`;
  const bytesOf = ({ path, body, headers: own = {} }: Asked) =>
    Buffer.from(`POST ${path} HTTP/1.1\r\n${common}${lines(own)}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  const fixed = typeof request === 'function' ? undefined : bytesOf(request);
  const next = (): Buffer => fixed ?? bytesOf((request as () => Asked)());

  const times: number[] = [];
  const statuses: Record<string, number> = {};
  let wrong: string | null = null;
  const sockets = await Promise.all(Array.from({ length: width }, () => open(port)));
  const one = async (socket: Talk, due: number): Promise<void> => {
    const { status, text } = await socket.ask(next());
    times.push(performance.now() - due);
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (!status.startsWith('2')) wrong ??= text;
  };
  const begun = performance.now();
  const until = begun + seconds * 1_000;
  if (rate === undefined) {
    await Promise.all(sockets.map(async (socket) => { while (performance.now() < until) await one(socket, performance.now()); }));
  } else {
    await atRate(rate, begun, until, sockets, one);
  }
  const elapsed = (performance.now() - begun) / 1_000;
  for (const socket of sockets) socket.close();
  return { n: times.length, perSecond: times.length / elapsed, p50: percentile(times, 0.5), p99: percentile(times, 0.99), max: percentile(times, 1), statuses, wrong };
}

const lines = (headers: Readonly<Record<string, string>>): string => Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');

/** Begins what is due every few milliseconds; what finds no socket free waits for one, and the waiting counts. */
async function atRate(rate: number, begun: number, until: number, sockets: readonly Talk[], one: (socket: Talk, due: number) => Promise<void>): Promise<void> {
  const free = [...sockets];
  const waiting: number[] = [];
  const underWay = new Set<Promise<void>>();
  const serve = (): void => {
    while (waiting.length > 0 && free.length > 0) {
      // In turn: one that is never its turn would be closed by the server for doing nothing.
      const socket = free.shift()!;
      const work = one(socket, waiting.shift()!).finally(() => { underWay.delete(work); free.push(socket); serve(); });
      underWay.add(work);
    }
  };
  for (let count = 0; performance.now() < until;) {
    for (const due = Math.floor(((performance.now() - begun) / 1_000) * rate); count < due; count++) waiting.push(begun + (count * 1_000) / rate);
    serve();
    await new Promise((resolve) => { setTimeout(resolve, 2); });
  }
  while (underWay.size > 0 || waiting.length > 0) await Promise.race(underWay);
}

/** Milliseconds after which an answer comes no more. */
const patience = 60_000;

interface Talk { ask(bytes: Buffer): Promise<{ status: string; text: string }>; close(): void }

function open(port: number): Promise<Talk> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1');
    let answered: ((answer: { status: string; text: string }) => void) | undefined;
    let failed: (error: Error) => void = reject;
    let text = '';
    socket.setNoDelay(true).setTimeout(patience, () => failed(new Error(`no answer within ${patience / 1_000} s`)));
    socket.once('connect', () => resolve({
      ask: (bytes) => new Promise((done, fail) => {
        answered = done;
        failed = fail;
        if (socket.destroyed) fail(new Error('the connection was closed while nothing was asked'));
        else socket.write(bytes);
      }),
      close: () => socket.destroy(),
    }));
    socket.once('error', (error) => failed(error));
    socket.once('close', () => failed(new Error('the connection was closed')));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (!isComplete(text)) return;
      const answer = { status: text.slice(9, 12), text };
      text = '';
      answered?.(answer);
    });
  });
}

function isComplete(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /content-length: (\d+)/i.exec(text.slice(0, end));
  return length ? text.length >= end + 4 + Number(length[1]) : text.endsWith('0\r\n\r\n') || /^HTTP\/1\.1 204/.test(text);
}
