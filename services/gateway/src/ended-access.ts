/** Access that ended before its tokens did: heard as it is told, and asked for now and then, so that a missed message revokes nothing too late. */
import { decodeEnvelope, type Bus } from '@regie/bus';
import { endedAccessMemory, endsToken, factSubject, identity, type AccessClaims, type EndedAccess } from '@regie/contracts';
import { askOwn, keepFresh } from './own-questions.ts';

export interface Endings {
  /** Takes note of one; a repeated one changes nothing. @param now milliseconds since 1970 */
  note(ended: EndedAccess, now: number): void;
  ends(claims: AccessClaims): boolean;
  /** Forgets what is older than any token can be. */
  sweep(now: number): void;
  readonly size: () => number;
}

/** The endings of the last quarter of an hour, by person. */
export function openEndings(): Endings {
  const byPerson = new Map<string, Map<string, { ended: EndedAccess; at: number }>>();
  return {
    note(ended, now) {
      let own = byPerson.get(ended.userId);
      if (!own) byPerson.set(ended.userId, (own = new Map()));
      const session = ended.sessionId ?? '';
      const before = own.get(session);
      if (!before || Date.parse(before.ended.notBefore) < Date.parse(ended.notBefore)) own.set(session, { ended, at: now });
    },
    ends(claims) {
      const own = byPerson.get(claims.sub);
      if (!own) return false;
      for (const { ended } of own.values()) if (endsToken(ended, claims)) return true;
      return false;
    },
    sweep(now) {
      for (const [person, own] of byPerson) {
        for (const [session, { at }] of own) if (now - at > endedAccessMemory * 1_000) own.delete(session);
        if (own.size === 0) byPerson.delete(person);
      }
    },
    size: () => byPerson.size,
  };
}

export interface EndedAccessKept {
  /** False until the list was told once: until then nobody can be let in. */
  readonly known: () => boolean;
  refresh(pause?: number): Promise<void>;
  close(): void;
}

export function keepEndedAccess(bus: Bus, endings: Endings, failed: (error: unknown) => void): EndedAccessKept {
  let known = false;
  const kept = keepFresh(async () => {
    const { items } = await askOwn(bus, identity.operations.recentAccessChanges);
    const now = Date.now();
    for (const item of items) endings.note(item, now);
    endings.sweep(now);
    known = true;
  }, 10_000, failed);
  const subscription = bus.nc.subscribe(factSubject(identity.facts.accessChanged, '*'), {
    callback(error, message) {
      if (error) return;
      // An exception out of a callback would deafen the connection silently.
      try {
        endings.note(decodeEnvelope(message.data).data as EndedAccess, Date.now());
      } catch (unreadable) {
        failed(unreadable);
      }
    },
  });
  return { known: () => known, refresh: kept.refresh, close() { kept.close(); subscription.unsubscribe(); } };
}
