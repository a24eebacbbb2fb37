/** Moleculer: the service, which checks the body. argv: natsUrl */
import { ServiceBroker } from 'moleculer';

const [transporter] = process.argv.slice(2) as [string];
const broker = new ServiceBroker({ nodeID: 'service', transporter: transporter as 'NATS', logger: false });
broker.createService({
  name: 'events',
  actions: {
    echo: {
      params: {
        name: 'string', category: 'string', installationAt: 'string', startAt: 'string', endAt: 'string', dismantlingAt: 'string', timeZone: 'string',
        venue: { type: 'object', props: { name: 'string', address: 'string' } },
      },
      handler: (context: { params: unknown }) => ({ ok: true, data: context.params }),
    },
  },
});
void broker.start().then(() => console.log('ready'));
