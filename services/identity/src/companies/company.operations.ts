/** A company reads and changes itself. */
import { identity, isRefusal, notFound, reply } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { changesBetween, stale } from '@regie/store';
import { companyView, readSiret } from './company.ts';
import { readCompany, saveCompany } from './company.store.ts';

const { companyChanged } = identity.facts;
const unknown = notFound({ en: 'company', fr: 'entreprise' });

export const companyOperations = {
  async getCompany(_input, { tx }) {
    const company = await readCompany(tx, tx.companyId);
    return company ? reply(companyView(company), { version: company.version }) : unknown;
  },

  async patchCompany(sent, { tx, expectedVersion, tell }) {
    const before = await readCompany(tx, tx.companyId, 'update');
    if (!before) return unknown;
    if (expectedVersion !== undefined && expectedVersion !== before.version) return stale();
    const siret = typeof sent.siret === 'string' ? readSiret(sent.siret, '/siret') : sent.siret === null ? null : before.siret;
    if (isRefusal(siret)) return siret;
    const { name = before.name, timeZone = before.timeZone, currency = before.currency, locale = before.locale } = sent;
    const wanted = { ...before, name, siret, timeZone, currency, locale };
    const changes = changesBetween(companyView(before), companyView(wanted));
    if (Object.keys(changes).length === 0) return reply(companyView(before), { version: before.version });
    const after = await saveCompany(tx, wanted);
    tell(companyChanged, companyView(after), { version: after.version, changes });
    return reply(companyView(after), { version: after.version });
  },
} satisfies Partial<HandlersIn<typeof identity.operations>>;
