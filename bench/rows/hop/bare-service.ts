/** The service behind the bare gateway: reads the body and answers with it. argv: natsUrl */
import { connect } from '@nats-io/transport-node';

const [servers] = process.argv.slice(2) as [string];
const nc = await connect({ servers });
nc.subscribe('hop.echo', { queue: 'events', callback: (_, message) => { message.respond(JSON.stringify({ ok: true, data: message.json() })); } });
await nc.flush();
process.stdout.write('ready\n');
