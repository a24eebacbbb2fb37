import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { identify } from './identity.ts';
import { lockHolder, takeLock } from './lock.ts';

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'regie-lock-'));
  file = path.join(folder, 'lock.json');
});
afterEach(() => rm(folder, { recursive: true }));

const gone = { pid: 2 ** 22 - 1, born: '1' };

test('a second taker is told who holds it, and gets it once it is given back', async () => {
  const release = await takeLock(file);
  if (typeof release !== 'function') throw new Error('the first taker was refused');
  expect(await takeLock(file)).toEqual(identify(process.pid));
  await release();
  expect(await lockHolder(file)).toBeUndefined();
  expect(typeof (await takeLock(file))).toBe('function');
});

test('the lock of a process that is gone is taken over', async () => {
  await writeFile(file, JSON.stringify(gone));
  expect(typeof (await takeLock(file))).toBe('function');
});

test('a living process that merely has the number of the dead one does not hold it', async () => {
  await writeFile(file, JSON.stringify({ pid: process.pid, born: 'another day' }));
  expect(typeof (await takeLock(file))).toBe('function');
});

test('of many takers of a stale lock exactly one gets it', async () => {
  await writeFile(file, JSON.stringify(gone));
  const taken = await Promise.all(Array.from({ length: 20 }, () => takeLock(file)));
  expect(taken.filter((one) => typeof one === 'function')).toHaveLength(1);
});
