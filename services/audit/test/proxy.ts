/** A door in front of MongoDB that can be shut, fall silent, or hold back what is written through it or answered. */
import { connect, createServer, type Socket } from 'node:net';

export interface Door {
  readonly url: string;
  /** Refuses new connections and cuts those there are. */
  shut(): void;
  open(): void;
  /** Takes no more bytes from those who are connected, and says nothing: what they write piles up on their side. */
  fallSilent(): void;
  /** From now on bytes to the server for which `held` is true, and all after them on that connection, are kept back. Resolves at the first. */
  holdWhen(held: (bytes: Buffer) => boolean): Promise<void>;
  /** From now on what the server says is kept back on every connection that sent bytes for which `asked` is true: it has what it was sent, and nobody hears of it. */
  muteWhen(asked: (bytes: Buffer) => boolean): void;
  close(): Promise<void>;
}

export async function doorTo(mongoUrl: string): Promise<Door> {
  const behind = new URL(mongoUrl);
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  let isShut = false;
  let held: (bytes: Buffer) => boolean = () => false;
  let holding: () => void = () => undefined;
  let muted: (bytes: Buffer) => boolean = () => false;
  const server = createServer((client) => {
    if (isShut) { client.destroy(); return; }
    const inside = connect(Number(behind.port), behind.hostname);
    let [kept, mute] = [false, false];
    clients.add(client);
    for (const socket of [client, inside]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => { sockets.delete(socket); clients.delete(client); client.destroy(); inside.destroy(); });
    }
    inside.on('data', (bytes) => { if (!mute) client.write(bytes); });
    client.on('data', (bytes: Buffer) => {
      if (!kept && held(bytes)) { kept = true; holding(); }
      mute ||= muted(bytes);
      if (!kept) inside.write(bytes);
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const url = new URL(mongoUrl);
  url.port = String((server.address() as { port: number }).port);
  const cut = () => { for (const socket of sockets) socket.destroy(); };
  return {
    url: url.href,
    shut() { isShut = true; cut(); },
    open() { isShut = false; held = () => false; },
    fallSilent() { for (const client of clients) client.pause(); },
    holdWhen: (when) => new Promise((resolve) => { held = when; holding = resolve; }),
    muteWhen(when) { muted = when; },
    close: () => { cut(); return new Promise((resolve) => { server.close(() => resolve()); }); },
  };
}
