/**
 * Which slots of a listener this process hears: a fair share among the replicas there are. A slot is held by a lock of a session, so what a dead
 * process held is free at once. Nothing but speed depends on it: two who hear the same slot decide nothing twice.
 */
import pg from 'pg';

export interface Slots {
  /** Those held now. */
  held(): readonly number[];
  /** Lets all go, once nothing of them is in hand. */
  stop(): Promise<void>;
}

/** What is told of a change. */
export interface SlotHolder {
  hold(slot: number): void;
  /** Resolves when nothing of the slot is in hand. */
  letGo(slot: number): Promise<void>;
}

/** How often a process looks who else is there, in milliseconds. */
const lookMs = 500;

/** Presence and slots are locks of two keys; `hashtext` of a name and its kind is the first. */
const look = {
  name: 'slots-look', rowMode: 'array',
  text: `select classid = hashtext($1 || ' present')::oid, objid::int from pg_locks
    where locktype = 'advisory' and objsubid = 2 and granted and database = (select oid from pg_database where datname = current_database())
      and classid in (hashtext($1 || ' present')::oid, hashtext($1 || ' slot')::oid)`,
} as const;
const present = `select pg_advisory_lock(hashtext($1 || ' present'), pg_backend_pid())`;
const take = `select pg_try_advisory_lock(hashtext($1 || ' slot'), $2) as got`;
const release = `select pg_advisory_unlock(hashtext($1 || ' slot'), $2)`;
/** A machine that is gone without a word holds nothing longer than some ten seconds. */
const keepAlive = 'set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3';

/**
 * Holds a fair share of the slots until it is stopped: as many as there are, divided by the processes, rounded up.
 * While the database is away what is held stays held: nobody else gets it then, and nothing can be decided.
 * @param url of the service's run-time role; a connection of its own is kept, since the locks are its session's
 * @param name of the listener whose slots they are
 */
export function shareSlots(url: string, name: string, count: number, { hold, letGo }: SlotHolder, onError: (error: unknown) => void): Slots {
  const held = new Set<number>();
  let stopping = false;
  let hurry: (() => void) | undefined;

  const balance = async (client: pg.Client): Promise<void> => {
    const { rows } = await client.query<[boolean, number]>({ ...look, values: [name] } as never);
    const share = Math.ceil(count / Math.max(1, rows.filter(([presence]) => presence).length));
    for (const slot of [...held].slice(share)) {
      await letGo(slot);
      held.delete(slot);
      await client.query(release, [name, slot]);
    }
    const locked = new Set(rows.filter(([presence]) => !presence).map(([, slot]) => slot));
    for (let slot = 0; slot < count && held.size < share && !stopping; slot++) {
      if (locked.has(slot) || held.has(slot)) continue;
      const { rows: [answer] } = await client.query<{ got: boolean }>(take, [name, slot]);
      if (answer?.got) { held.add(slot); hold(slot); }
    }
  };

  /** In a new session nothing is locked: what is held is taken again, unless somebody else was faster. */
  const again = async (client: pg.Client): Promise<void> => {
    await client.query(keepAlive);
    await client.query(present, [name]);
    for (const slot of [...held]) {
      const { rows: [answer] } = await client.query<{ got: boolean }>(take, [name, slot]);
      if (answer?.got) continue;
      held.delete(slot);
      await letGo(slot);
    }
  };

  const work = async (): Promise<void> => {
    while (!stopping) {
      const client = new pg.Client({ connectionString: url, application_name: `${name}-slots`, keepAlive: true, connectionTimeoutMillis: 5_000 });
      // Without a listener a lost connection would end the process.
      client.on('error', onError);
      try {
        await client.connect();
        await again(client);
        while (!stopping) {
          await balance(client);
          await new Promise<void>((resolve) => { hurry = resolve; setTimeout(resolve, lookMs).unref(); });
        }
        // Free for others when nothing of it is in hand any more: the session ends after.
        await Promise.all([...held].map(letGo));
        held.clear();
      } catch (error) {
        onError(error);
        if (!stopping) await new Promise<void>((resolve) => { hurry = resolve; setTimeout(resolve, lookMs).unref(); });
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  };

  const working = work();
  return {
    held: () => [...held].sort((a, b) => a - b),
    async stop() {
      stopping = true;
      hurry?.();
      await working;
      await Promise.all([...held].map(letGo));
      held.clear();
    },
  };
}
