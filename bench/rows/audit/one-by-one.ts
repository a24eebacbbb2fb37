/** The trail without batches: each fact put into a collection by an upsert of its own, then acknowledged. A document a fact, one index for all lists, no blocks. */
import { connectBus, consume } from '@regie/bus';
import { audit } from '@regie/contracts';
import { openMongo } from '../../../services/audit/src/database.ts';
import { entryOf, leafText, termsOf, toldText } from '../../../services/audit/src/trail/entry.ts';
import { sha256 } from '../../../services/audit/src/hash.ts';

const mongo = openMongo(process.env['MONGODB_URL']!);
const entries = mongo.blocks.db.collection<{ readonly _id: string }>('entries');
await entries.createIndex({ companyId: 1, terms: 1, at: 1, _id: 1 });
const bus = await connectBus(process.env['NATS_URL']!);
consume(bus, audit.listeners.facts, {
  async handle(facts) {
    for (const fact of facts) {
      const entry = entryOf(fact, undefined);
      const { id, changes, state, ...rest } = entry;
      const kept = { ...rest, changes: JSON.stringify(changes), state: JSON.stringify(state) };
      const row = { ...kept, leaf: sha256(leafText({ id, ...kept })), told: sha256(toldText(entry)), terms: termsOf(entry), recordedAt: new Date() };
      await entries.updateOne({ _id: id }, { $setOnInsert: row }, { upsert: true });
    }
  },
  batch: 1, quarantine: () => Promise.resolve(), isOutage: () => true, onError: (error) => { throw error; },
});
process.stdout.write('ready\n');
