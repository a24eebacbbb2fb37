/** A broken relay, on purpose: what it remembers it sends at once, before what others told earlier. */
import { openPublisher } from '@regie/bus';
import { startRelay } from '../../src/index.ts';
import type { StartRelay } from '../relaying.ts';

export const sendsMemoryFirst: StartRelay = (bus, url, onError) => {
  const publisher = openPublisher(bus);
  const relay = startRelay(bus, url, onError);
  return {
    ...relay,
    kick: (told = []) => void publisher.publish(told).then(() => relay.kick(), onError),
    stop: async () => { await relay.stop(); publisher.close(); },
  };
};
