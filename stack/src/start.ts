/** `npm start`: everything, on this machine, until Ctrl-C. */
import '../bin/node-24.js';
import { rm } from 'node:fs/promises';
import { readJson, writeJson } from './base/files.ts';
import { mainDir, placesIn } from './base/paths.ts';
import { whenParentIsGone } from './base/parent.ts';
import { messageOf, Problem, shown } from './base/problem.ts';
import { terminal } from './base/screen.ts';
import { seedDemo, type DemoAccounts } from './demo/seed.ts';
import { startRegie, type Regie } from './index.ts';
import { runFile } from './run-file.ts';
import { summary } from './summary.ts';

const began = Date.now();
const places = placesIn(mainDir);
const leaving = new AbortController();
let demo: DemoAccounts | null = null;
let regie: Regie | undefined;
let writing: Promise<void> = Promise.resolve();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave);
whenParentIsGone(leave);

try {
  terminal.say('Régie is starting');
  regie = await startRegie({ dir: mainDir, port: wantedPort(), signal: leaving.signal, changed: () => void write() });
  demo = await demoOf(regie.gateway);
  await write();
  process.stdout.write(`${summary(regie, demo, Date.now() - began)}\n`);
  await left();
  await end(0);
} catch (error) {
  if (!leaving.signal.aborted) process.stderr.write(`\n  ${shown(error)}\n`);
  await end(leaving.signal.aborted ? 0 : 1);
}

function leave(): void {
  if (leaving.signal.aborted) return;
  terminal.say('stopping …');
  leaving.abort(new Problem('Stopped while starting.'));
}

/** @throws Problem for a PORT that is none */
function wantedPort(): number {
  const asked = process.env['PORT'];
  if (asked === undefined || asked === '') return 8080;
  const port = Number(asked);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Problem(`PORT is ${asked}; it must be a number from 1 to 65535.`);
  return port;
}

/** The demo company, made at the first start. What cannot be made is said, and keeps nobody from working. */
async function demoOf(gateway: string): Promise<DemoAccounts | null> {
  const known = await readJson(places.demo);
  if (known !== undefined) return known as DemoAccounts;
  try {
    const made = await terminal.during('making the demo company', () => seedDemo(gateway));
    await writeJson(places.demo, made);
    return made;
  } catch (error) {
    terminal.say(`the demo company could not be made: ${messageOf(error)}`);
    return null;
  }
}

/** Writes run.json, one writing after another; called again whenever a service runs as another process. */
function write(): Promise<void> {
  const ready = regie;
  if (ready === undefined) return Promise.resolve();
  writing = writing.then(() => (leaving.signal.aborted ? undefined : writeJson(places.run, runFile(ready, demo), 0o600)));
  return writing;
}

function left(): Promise<void> {
  return new Promise((resolve) => (leaving.signal.aborted ? resolve() : leaving.signal.addEventListener('abort', () => resolve(), { once: true })));
}

async function end(code: number): Promise<never> {
  leaving.abort();
  await writing.catch(() => undefined);
  if (regie !== undefined) {
    await rm(places.run, { force: true });
    await regie.stop();
    terminal.say('stopped; data kept in .stack/');
  }
  process.exit(code);
}
