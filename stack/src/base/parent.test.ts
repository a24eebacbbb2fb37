/** Real processes: a shell between npm and us, as npm puts one there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, test } from '@jest/globals';

const ours = `
  import { whenParentIsGone } from ${JSON.stringify(path.join(import.meta.dirname, 'parent.ts'))};
  const living = setTimeout(() => process.exit(), 10_000);
  whenParentIsGone(() => { process.stdout.write('alone'); clearTimeout(living); }, 20);
  process.stdout.write('here ');
`;

test('what npm started sees that npm was ended, though the shell between them says nothing', async () => {
  const shell = spawn('/bin/sh', ['-c', '"$NODE" --input-type=module -e "$OURS"; exit'], {
    env: { ...process.env, NODE: process.execPath, OURS: ours, npm_lifecycle_event: 'start' }, stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => { said += text; });
  await once(shell.stdout, 'data');
  shell.kill('SIGTERM');
  // Its end of the pipe is the last: it ends when we do.
  await once(shell.stdout, 'end');
  expect(said).toBe('here alone');
}, 20_000);
