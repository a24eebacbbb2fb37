/** What the tests of the chain share: trails of their own, entries without a bus, and a hand that alters what is kept. */
import { Binary } from 'mongodb';
import { uuid7 } from '@regie/store';
import { openChain, type Chain } from '../src/chain/chain.store.ts';
import { verifyChain, type Verdict, type Verifying } from '../src/chain/verification.store.ts';
import { makeIndexes, openMongo, type BlockRow, type Mongo } from '../src/database.ts';
import { packed, unpacked } from '../src/packed.ts';
import { entryOf, type Entry, type FactMessage } from '../src/trail/entry.ts';
import { sealEntries, type Sealed } from '../src/trail/sealing.store.ts';
import { aFact, freshMongoUrl, type FactOver } from './support.ts';

export interface Trail {
  readonly url: string;
  readonly mongo: Mongo;
  readonly companyId: string;
  readonly chain: Chain;
  /** Another writer's. */
  another(): { readonly mongo: Mongo; readonly chain: Chain };
  seal(entries: readonly Entry[]): Promise<Sealed[]>;
  /** Entries of as many facts, kept in one go. */
  keep(count: number, over?: FactOver): Promise<Sealed[]>;
  verdict(over?: Partial<Verifying>): Promise<Verdict>;
  /** Puts another block in its place. */
  put(block: BlockRow): Promise<void>;
  blocks(): Promise<BlockRow[]>;
}

const opened: Mongo[] = [];
/** Ends what `freshTrail` opened. */
export async function closeTrails(): Promise<void> {
  for (const { blocks, keys, client } of opened.splice(0)) {
    await blocks.db.dropDatabase();
    await keys.db.dropDatabase();
    await client.close();
  }
}

export const facts = (count: number, over: FactOver = {}): Entry[] =>
  Array.from({ length: count }, (_, index) => {
    const { message } = aFact('inventory.equipment.changed', { sequence: index + 1, data: { name: `n${index}` }, ...over });
    return entryOf(JSON.parse(message) as FactMessage, undefined);
  });

/** Of a block's body. */
export const textsOf = ({ body }: BlockRow): string[] => unpacked(body.buffer);
export const bodyOf = (texts: readonly string[]): Binary => new Binary(packed(texts));

export async function freshTrail(): Promise<Trail> {
  const url = freshMongoUrl();
  const open = () => { const mongo = openMongo(url); opened.push(mongo); return mongo; };
  const mongo = open();
  await makeIndexes(mongo);
  const [companyId, chain] = [uuid7(), openChain(mongo)];
  const seal = (entries: readonly Entry[]) => sealEntries(mongo, entries, () => true, new Date());
  return {
    url, mongo, companyId, chain, seal,
    another() { const other = open(); return { mongo: other, chain: openChain(other) }; },
    async keep(count, over) { const sealed = await seal(facts(count, { companyId, ...over })); await chain.append(sealed); return sealed; },
    verdict: (over) => verifyChain(mongo, { companyId, ...over }),
    async put(block) { await mongo.blocks.replaceOne({ _id: block._id }, block); },
    blocks: () => mongo.blocks.find({}).sort({ _id: 1 }).toArray(),
  };
}
