/** Moleculer: moleculer-web in front of a remote action. argv: port, natsUrl */
import { ServiceBroker } from 'moleculer';
import ApiGateway from 'moleculer-web';

const [port, transporter] = process.argv.slice(2) as [string, string];
const broker = new ServiceBroker({ nodeID: 'gateway', transporter: transporter as 'NATS', logger: false });
broker.createService({
  name: 'api',
  mixins: [ApiGateway as never],
  settings: { port: Number(port), ip: '127.0.0.1', routes: [{ path: '/', aliases: { 'POST events': 'events.echo' }, bodyParsers: { json: true }, mappingPolicy: 'restrict' }] },
});
void broker.start().then(() => broker.waitForServices('events')).then(() => console.log('ready'));
