/** Downloads a real mongod into the folder given and prints its path. A process of its own, so that it can be cut off. */
import { MongoBinary } from 'mongodb-memory-server-core';

const [downloadDir] = process.argv.slice(2);
if (downloadDir === undefined) throw new Error('usage: mongod-download.ts <folder>');
process.stdout.write(await MongoBinary.getPath({ downloadDir }));
