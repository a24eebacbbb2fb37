/** NATS: a round trip, and streams and consumers as the contracts want them. */
import { consumerConfig, durables, streams, type Bus } from '@regie/bus';
import { messageOf } from '../../base/problem.ts';
import { withNats } from '../connections.ts';
import type { Surroundings } from '../surroundings.ts';
import { bad, good, judge, unnamed, type Finding } from './finding.ts';

/** Behind by more than this, somebody should look. */
const farBehind = 10_000;
const mend = { en: '`npm start` makes them; elsewhere run the provisioning job', fr: '`npm start` les crée ; ailleurs lancer le job de provisionnement' };

export async function natsFindings(around: Surroundings): Promise<Finding[]> {
  if (around.address('nats') === undefined) return [unnamed('NATS', 'NATS_URL')];
  try {
    return await withNats(around, async (bus) => {
      const trip = await bus.nc.rtt();
      return [
        good({ en: `NATS ${bus.nc.info?.version ?? ''} answers in ${trip} ms`, fr: `NATS ${bus.nc.info?.version ?? ''} répond en ${trip} ms` }),
        ...await streamFindings(bus), ...await consumerFindings(bus),
      ];
    });
  } catch (error) {
    return [bad({ en: `NATS: ${messageOf(error)}`, fr: `NATS : ${messageOf(error)}` },
      { en: 'start it, or correct NATS_URL (its user is `provision`)', fr: 'le démarrer, ou corriger NATS_URL (utilisateur `provision`)' })];
  }
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

async function streamFindings({ manager }: Bus): Promise<Finding[]> {
  return Promise.all(Object.values(streams).map(async (wanted) => {
    try {
      const { config, state } = await manager.streams.info(wanted.name);
      // Its size may be set for the disk it is on.
      const differs = (['subjects', 'retention', 'storage', 'discard', 'max_age', 'duplicate_window'] as const).filter((field) => !same(config[field], wanted[field]));
      return judge(
        differs.length === 0, { en: `stream ${wanted.name}: ${state.messages} messages`, fr: `flux ${wanted.name} : ${state.messages} messages` },
        { en: `stream ${wanted.name} is not as declared: ${differs.join(', ')}`, fr: `le flux ${wanted.name} n’est pas conforme : ${differs.join(', ')}` },
        mend);
    } catch (error) {
      return bad({ en: `stream ${wanted.name}: ${messageOf(error)}`, fr: `flux ${wanted.name} : ${messageOf(error)}` }, mend);
    }
  }));
}

async function consumerFindings({ manager }: Bus): Promise<Finding[]> {
  return Promise.all(durables().map(async ({ service, stream, listener }) => {
    const { name } = listener;
    try {
      const { config, num_pending: pending, num_ack_pending: inHand } = await manager.consumers.info(stream, name);
      const wanted = consumerConfig(listener);
      const differs = (['filter_subject', 'filter_subjects', 'ack_policy', 'ack_wait', 'max_deliver', 'max_ack_pending'] as const)
        .filter((field) => !same(config[field], wanted[field]));
      if (differs.length > 0) return bad({
        en: `consumer ${name} is not as declared: ${differs.join(', ')}`, fr: `le consommateur ${name} n’est pas conforme : ${differs.join(', ')}`,
      }, mend);
      return judge(pending < farBehind, {
        en: `consumer ${name}: ${pending} to come, ${inHand} in hand`, fr: `consommateur ${name} : ${pending} à venir, ${inHand} en cours`,
      }, { en: `consumer ${name} is ${pending} messages behind`, fr: `le consommateur ${name} a ${pending} messages de retard` },
        { en: `does ${service} run and keep up? Its log and /metrics say`, fr: `${service} tourne-t-il et suit-il ? Son journal et /metrics le disent` });
    } catch (error) {
      return bad({ en: `consumer ${name}: ${messageOf(error)}`, fr: `consommateur ${name} : ${messageOf(error)}` }, mend);
    }
  }));
}
