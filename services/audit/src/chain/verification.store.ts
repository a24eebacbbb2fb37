/** Goes through the whole chain and through the entries of one company, or of all. */
import { sha256 } from '../hash.ts';
import type { BlockRow, FormerBlockRow, Mongo } from '../database.ts';
import { textsIn } from '../packed.ts';
import { filterTermsOf, keptEntryOf } from '../trail/entry.ts';
import { beginning, blockFault, type Head, type Line } from './block.ts';
import { firstFormerFault } from './former.store.ts';

export interface Verdict {
  readonly ok: boolean;
  /** Entries whose content was hashed again. */
  readonly checked: number;
  /** The end of the chain: `root` stands for this block and all before it. Kept elsewhere it shows whether the whole was written anew. */
  readonly checkpoint: { readonly n: number; readonly root: string; readonly at: string } | null;
  /** The first thing that is wrong. `entryId` is null where it is the block itself. */
  readonly firstBad: { readonly block: number; readonly entryId: string | null; readonly reason: string } | null;
}

export interface Verifying {
  /** Whose entries; undefined: everybody's. */
  readonly companyId?: string | undefined;
  /** A checkpoint somebody kept. */
  readonly earlier?: { readonly n: number; readonly root: string } | undefined;
}

/** A block of this version, or one of an earlier version. Of other companies `terms` and `body` are not read. */
type AnyBlock = BlockRow | (FormerBlockRow & { readonly companyId?: undefined });

/** Blocks read in one go: some ten megabytes. */
const passSize = 100;

/** Follows the chain from its first block to its end, and stops at the first thing that is wrong. */
export async function verifyChain(mongo: Mongo, { companyId, earlier }: Verifying): Promise<Verdict> {
  let head: Head = beginning;
  let at: Date | undefined;
  let checked = 0;
  const isOf = (company: string): boolean => companyId === undefined || companyId === company;
  const checkpoint = () => (at === undefined ? null : { n: head.n, root: head.hash, at: at.toISOString() });
  const bad = (block: number, entryId: string | null, reason: string): Verdict => ({ ok: false, checked, checkpoint: checkpoint(), firstBad: { block, entryId, reason } });

  for await (const pass of passesOf(mongo, companyId)) {
    for (const block of pass) {
      const lines = looked(() => linesOf(block), []);
      const fault = looked(() => blockFault(head, block, lines, sha256), 'its hash is not its own')
        ?? (earlier?.n === block._id && earlier.root !== block.hash ? 'is not the block of the earlier checkpoint' : null);
      const wrong = block.companyId !== undefined && isOf(block.companyId) ? looked(() => contentFault(block), [null, 'its entries cannot be read']) : undefined;
      // An entry that was changed is named, rather than its block.
      if (wrong && (wrong[0] !== null || !fault)) return bad(block._id, ...wrong);
      if (fault) return bad(head.n + 1, null, fault);
      const own = lines.filter((line) => isOf(line.companyId));
      if (block.companyId === undefined) {
        const former = await firstFormerFault(mongo, own);
        if ('reason' in former) return bad(block._id, former.id, former.reason);
        checked += former.checked;
      } else {
        checked += own.length;
      }
      head = { n: block._id, hash: block.hash };
      at = block.at;
    }
  }
  if (earlier && earlier.n > head.n) return bad(head.n + 1, null, 'the chain ends before the earlier checkpoint');
  return { ok: true, checked, checkpoint: checkpoint(), firstBad: null };
}

/** All blocks in their order, some at a time: those of the company with their entries, of the others what ties the chain. */
async function* passesOf(mongo: Mongo, companyId: string | undefined): AsyncGenerator<readonly AnyBlock[]> {
  const whole = async (links: readonly AnyBlock[]): Promise<AnyBlock[]> => {
    const own = links.filter((link) => link.companyId === companyId).map(({ _id }) => _id);
    const blocks = new Map((own.length === 0 ? [] : await mongo.blocks.find({ _id: { $in: own } }).toArray()).map((block) => [block._id, block]));
    return links.map((link) => blocks.get(link._id) ?? link);
  };
  let pass: AnyBlock[] = [];
  // Of a former block all lines are needed; the projection leaves them.
  const projection = companyId === undefined ? {} : { terms: 0, body: 0 };
  for await (const block of mongo.blocks.find<AnyBlock>({}, { projection }).sort({ _id: 1 }).batchSize(passSize)) {
    pass.push(block);
    if (pass.length < passSize) continue;
    yield companyId === undefined ? pass : await whole(pass);
    pass = [];
  }
  yield companyId === undefined ? pass : await whole(pass);
}

/** What somebody altered may be of any form: what cannot be looked through is a fault that is named, not one that ends the looking. */
function looked<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

/** What the block names, in the form its root was made over. Of its own, never of what else may stand beside. */
const linesOf = (block: AnyBlock): readonly Line[] => block.companyId === undefined
  ? ((block.lines ?? block.entries ?? []) as readonly Line[]).map(({ id, companyId, leaf }) => ({ id, companyId, leaf }))
  : linesOfCompany(block.companyId, block.entries);

const linesOfCompany = (companyId: string, entries: BlockRow['entries'] = []): Line[] => entries.map(({ id, leaf }) => ({ id, companyId, leaf }));

/**
 * The first entry that is gone, not what it was or not found by what it is, and why.
 * @param block may lack anything: whoever altered it may have taken it away
 */
function contentFault({ companyId, from, to, terms, entries = [], body }: Partial<BlockRow>): readonly [id: string | null, reason: string] | undefined {
  const texts = textsIn(body);
  if (!texts) return [null, 'its entries cannot be read'];
  const found = new Set(terms);
  const times: number[] = [];
  for (const [index, { id, leaf }] of entries.entries()) {
    const text = texts[index];
    if (text === undefined) return [id, 'the entry is gone'];
    if (sha256(text) !== leaf) return [id, 'the entry was changed'];
    const entry = keptEntryOf(text);
    if (entry.id !== id || entry.companyId !== companyId) return [id, 'the entry was changed'];
    const isListed = from !== undefined && to !== undefined && from <= entry.at && entry.at <= to && filterTermsOf(entry).every((term) => found.has(term));
    if (!isListed) return [id, 'lists do not find the entry'];
    times.push(entry.at.getTime());
  }
  if (texts.length > entries.length) return [null, 'an entry was added'];
  // A block that says it lasts longer than it does is not where a page or a period looks for it.
  return from?.getTime() === times[0] && to?.getTime() === times.at(-1) ? undefined : [null, 'lists do not find its entries'];
}
