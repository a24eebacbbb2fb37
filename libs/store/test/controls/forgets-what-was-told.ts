/** A broken relay, on purpose: it is woken and remembers nothing of what was told. All of it is read back. */
import { startRelay } from '../../src/index.ts';
import type { StartRelay } from '../relaying.ts';

export const forgetsWhatWasTold: StartRelay = (bus, url, onError) => {
  const relay = startRelay(bus, url, onError);
  return { ...relay, kick: () => relay.kick() };
};
