/** The real program in processes of its own, which can be killed. */
import { eventually } from '@regie/testing';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Stage } from './stage.ts';

/** @returns once it is ready */
export async function startProcess(stage: Stage): Promise<ChildProcess> {
  const environment = await stage.environment();
  const child = spawn(process.execPath, [path.resolve('services/inventory/src/main.ts')], { env: { ...process.env, ...environment, NODE_OPTIONS: '' }, stdio: 'ignore' });
  const ready = () => fetch(`http://127.0.0.1:${environment['HEALTH_PORT']}/health/ready`).then(({ ok }) => ok, () => false);
  await eventually(ready, (well) => well || child.exitCode !== null, 20_000);
  if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
  return child;
}

export async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}
