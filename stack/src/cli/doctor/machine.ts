/** This machine: Node, disk, and the gateway's port where nothing runs yet. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { root } from '../../base/paths.ts';
import type { Surroundings } from '../surroundings.ts';
import { judge, type Finding } from './finding.ts';

/** Streams, databases and logs of a small company's month. */
const enoughGiB = 2;
const usualPort = 8_080;

export async function machineFindings({ dir, run, address }: Surroundings): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(existsSync(dir) ? dir : root);
  const free = (bavail * bsize) / 1024 ** 3;
  const [major] = process.versions.node.split('.').map(Number);
  const findings = [
    judge(
      (major ?? 0) >= 24, { en: `Node ${process.version}`, fr: `Node ${process.version}` },
      { en: `Node ${process.version} is too old`, fr: `Node ${process.version} est trop ancien` },
      { en: 'run `npm ci`, which brings Node 24', fr: 'lancer `npm ci`, qui apporte Node 24' }),
    judge(free >= enoughGiB, { en: `${free.toFixed(1)} GiB of disk free`, fr: `${free.toFixed(1)} Gio de disque libres` },
      { en: `only ${free.toFixed(1)} GiB of disk free`, fr: `seulement ${free.toFixed(1)} Gio de disque libres` },
      { en: `make room for at least ${enoughGiB} GiB under ${dir}`, fr: `libérer au moins ${enoughGiB} Gio sous ${dir}` }),
  ];
  if (run === undefined && address('nats') === undefined) {
    findings.push(judge(await isFree(usualPort), { en: `port ${usualPort} is free`, fr: `le port ${usualPort} est libre` },
      { en: `port ${usualPort} is taken`, fr: `le port ${usualPort} est pris` },
      {
        en: '`npm start` will take another one; `PORT=… npm start` asks for yours',
        fr: '`npm start` en prendra un autre ; `PORT=… npm start` demande le vôtre',
      }));
  }
  return findings;
}

const isFree = (port: number): Promise<boolean> => new Promise((resolve) => {
  const server = createServer().once('error', () => resolve(false)).listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
});
