/** The gateway as it runs, told when it is ready. */
import '../../../services/gateway/src/main.ts';

const health = `http://127.0.0.1:${process.env['HEALTH_PORT']}/health/ready`;
for (;;) {
  const ready = await fetch(health).then(({ ok }) => ok, () => false);
  if (ready) break;
  await new Promise((resolve) => { setTimeout(resolve, 50); });
}
process.stdout.write('ready\n');
