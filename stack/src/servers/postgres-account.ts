/** PostgreSQL refuses to run as root, so root runs it as the user `postgres`. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '../base/problem.ts';
import { run } from '../base/run.ts';

export interface Ids {
  readonly uid: number;
  readonly gid: number;
}

export interface Account {
  /** Who must own its files; undefined for whoever runs us. */
  readonly owner?: Ids;
  /** For spawn(). */
  readonly as: Partial<Ids>;
  /** What stands before the command; empty in the usual case. */
  readonly wrap: readonly string[];
}

/** The command line that runs a program as that account. */
export const wrapped = ({ wrap }: Account, program: string): [string, ...string[]] => (wrap[0] === undefined ? [program] : [wrap[0], ...wrap.slice(1), program]);

/** The account for PostgreSQL's programs, made when root has none. @param folders what they must be able to reach */
export async function postgresAccount(folders: readonly string[]): Promise<Account> {
  if (process.getuid?.() !== 0) return { as: {}, wrap: [] };
  const owner = (await ids()) ?? (await makeUser());
  if (folders.every(openToAll)) return { owner, as: owner, wrap: [] };
  return throughClosedFolders(owner, folders);
}

async function ids(): Promise<Ids | undefined> {
  const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])]);
  return uid.code === 0 && gid.code === 0 ? { uid: Number(uid.output), gid: Number(gid.output) } : undefined;
}

async function makeUser(): Promise<Ids> {
  await run('groupadd', ['postgres']);
  const { output } = await run('useradd', ['-g', 'postgres', '-M', '-s', '/usr/sbin/nologin', 'postgres']);
  const made = await ids();
  if (made === undefined) throw new Problem(`PostgreSQL does not run as root, and the user \`postgres\` could not be made (${output.trim()}); make it with \`useradd postgres\`.`);
  return made;
}

/** Whether every folder on the way can be entered by anybody. */
function openToAll(folder: string): boolean {
  const enterable = (statSync(folder).mode & 0o001) !== 0;
  return enterable && (path.dirname(folder) === folder || openToAll(path.dirname(folder)));
}

/**
 * A checkout in /root is closed to every other user. The server then keeps one of root's capabilities: to pass folders and read
 * files it does not own, or, in containers that have not got that one, to pass over permissions altogether. `no_setuid_fixup`
 * lets access(2) see the capability too, which initdb asks.
 */
async function throughClosedFolders(owner: Ids, folders: readonly string[]): Promise<Account> {
  for (const capability of ['dac_read_search', 'dac_override']) {
    const wrap = keeping(capability, owner);
    const [command, ...args] = wrapped({ as: {}, wrap }, 'true');
    if ((await run(command, args)).code === 0) return { owner, as: {}, wrap };
  }
  const here = `the user \`postgres\`, who cannot enter ${folders.find((folder) => !openToAll(folder)) ?? ''}`;
  throw new Problem(`PostgreSQL runs as ${here}; move the checkout to a folder open to all, e.g. with \`mv ${process.cwd()} /opt/\`.`);
}

const keeping = (capability: string, { uid, gid }: Ids): string[] => {
  const capabilities = [`--inh-caps=-all,+${capability}`, `--ambient-caps=-all,+${capability}`];
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--securebits=+no_setuid_fixup', ...capabilities];
};
