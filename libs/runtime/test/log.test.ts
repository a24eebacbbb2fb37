/** Lines that are gathered before they are written: none is lost, whatever becomes of the process, and they stay in order. */
import { expect, test } from '@jest/globals';
import { eventually } from '@regie/testing';
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const start = (end: string) => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'support/logging.ts'), end], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => { text += chunk.toString(); });
  const ended = new Promise<number | null>((resolve) => { child.once('close', resolve); });
  // Its last piece may end within a line.
  return { child, ended, lines: () =>
    text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>) };
};

test.each([['exit', 0], ['crash', 1], ['rejection', 1], ['nothing', 0]])('all are written when the process ends by %s', async (end, code) => {
  const { ended, lines } = start(end);
  expect(await ended).toBe(code);
  const requests = lines().filter(({ msg }) => msg === 'request');
  expect(requests.map(({ n }) => n)).toEqual(Array.from({ length: 2_000 }, (_, n) => n));
  expect(requests[0]).toEqual({
    level: 'info', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    service: 'events', n: 0, note: expect.any(String), msg: 'request',
  });
  // Those of pino stand between them, where they were written.
  const at = lines().findIndex(({ msg, n }) => msg === 'between' && n === 500);
  expect([lines()[at - 1]!['n'], lines()[at + 1]!['n']]).toEqual([500, 501]);
  expect(lines()[at]).toMatchObject({ level: 'info', service: 'events', password: '[secret]' });
}, 30_000);

test('a line is not kept back until others follow', async () => {
  const { child, ended, lines } = start('later');
  await eventually(() => lines().length, (count) => count >= 2_000);
  expect(await ended).toBe(0);
  expect(lines().at(-1)).toMatchObject({ n: 2_000 });
  expect(child.exitCode).toBe(0);
}, 30_000);
