/** Blocks: each names its entries with their hashes and carries the hash of the block before it. Who changes one must change all that follow. */

/** An entry as a block names it. */
export interface Line { readonly id: string; readonly companyId: string; readonly leaf: string }

/** What holds the chain together. */
export interface Link {
  /** 1, 2, 3 … without a gap. */
  readonly _id: number;
  /** The hash of the block before; of the first, 64 zeros. */
  readonly prev: string;
  /** Merkle root over the lines. */
  readonly root: string;
  readonly at: Date;
  /** Over number, prev, root and time: stands for this block and all before it. */
  readonly hash: string;
}

/** The end of the chain. */
export interface Head { readonly n: number; readonly hash: string }
/** Of a chain without blocks. */
export const beginning: Head = { n: 0, hash: '0'.repeat(64) };

type Hash = (text: string) => string;

/** Leaves and nodes are hashed apart, so that none can pass for the other. */
export function merkleRoot(lines: readonly Line[], hash: Hash): string {
  let level = lines.map(({ id, companyId, leaf }) => hash(JSON.stringify(['line', id, companyId, leaf])));
  while (level.length > 1) {
    const above: string[] = [];
    for (let index = 0; index < level.length; index += 2) above.push(index + 1 < level.length ? hash(`node ${level[index]} ${level[index + 1]}`) : level[index]!);
    level = above;
  }
  return level[0] ?? hash('empty');
}

const linkHash = ({ _id, prev, root, at }: Omit<Link, 'hash'>, hash: Hash): string => hash(JSON.stringify(['block', _id, prev, root, at.toISOString()]));

/** What ties a block to `head`. @param root of its lines, see `merkleRoot` */
export function nextLink(head: Head, root: string, at: Date, hash: Hash): Link {
  const link = { _id: head.n + 1, prev: head.hash, root, at };
  return { ...link, hash: linkHash(link, hash) };
}

/** What is wrong with a block of these lines that should come after `head`; null when nothing is. */
export function blockFault(head: Head, link: Link, lines: readonly Line[], hash: Hash): string | null {
  if (link._id !== head.n + 1) return 'a block is missing';
  if (link.prev !== head.hash) return 'does not follow the block before it';
  if (link.root !== merkleRoot(lines, hash)) return 'its entries are not those it was made of';
  return link.hash === linkHash(link, hash) ? null : 'its hash is not its own';
}
