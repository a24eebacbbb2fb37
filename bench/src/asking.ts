/** Reservation requests that never ask an event for the same equipment twice. */
import type { Asked } from './http-load.ts';

/** @param path of an event's reservations */
export function reservationRequests(eventIds: readonly string[], equipmentIds: readonly string[], path: (eventId: string) => string): () => Asked {
  let count = 0;
  return () => {
    const [event, turn] = [count % eventIds.length, Math.floor(count / eventIds.length)];
    count++;
    // Three places a turn, from another beginning for each event.
    const lines = Array.from({ length: 1 + (count % 3) }, (_, place) => ({ equipmentId: equipmentIds[(event * 37 + turn * 3 + place) % equipmentIds.length]!, quantity: 1 }));
    return { path: path(eventIds[event]!), body: JSON.stringify({ lines }) };
  };
}
