/** The process of `npx regie`. */
import { shown } from '../base/problem.ts';
import { regie } from './regie.ts';

try {
  process.exitCode = await regie(process.argv.slice(2), process.env, (line) => void process.stdout.write(`${line}\n`));
} catch (error) {
  process.stderr.write(`${shown(error)}\n`);
  process.exitCode = 1;
}
// A server that hangs holds no socket open: whatever is to be said has been said.
process.stdout.write('', () => process.exit());
