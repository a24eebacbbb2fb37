/** Logs many lines and ends as it is told: argv[2]. */
import { openLog } from '../../src/log.ts';

const { log, lines } = openLog('events', 'info');
for (let n = 0; n < 2_000; n++) {
  lines.write(`"n":${n},"note":"${'x'.repeat(100)}"`, 'request');
  if (n % 500 === 0) log.info({ n, password: 'secret' }, 'between');
}
const ends: Record<string, () => void> = {
  exit: () => process.exit(0),
  crash: () => { throw new Error('nobody catches this'); },
  rejection: () => { void Promise.reject(new Error('nor this')); },
  later: () => { setTimeout(() => lines.write('"n":2000', 'request'), 150); },
  nothing: () => undefined,
};
ends[process.argv[2]!]!();
