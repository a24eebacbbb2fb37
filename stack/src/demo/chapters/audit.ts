import type { Client } from '../client.ts';
import { expected, holds } from '../client.ts';
import type { Narrator } from '../narrator.ts';
import { until } from '../planning.ts';
import type { AuditEntry, Equipment, Page, Verified } from '../shapes.ts';
import type { Stock } from './stock.ts';

/** Changes a day rate, shows who did what to that equipment, and has the whole trail verified. */
export const auditChapter = async (story: Narrator, http: Client, stock: Stock): Promise<void> => {
  story.chapter({ en: 'Everything is in the audit trail', fr: 'Tout est dans le journal d’audit' });
  const stands = stock.find('König & Meyer', '210/9');
  const before = expected(await http.get<Equipment>(`/api/equipment/${stands.id}`), 200);
  const dailyRate = { amount: (before.dailyRate?.amount ?? 0) + 50, currency: 'EUR' };
  expected(await http.patch<Equipment>(`/api/equipment/${stands.id}`, { json: { dailyRate } }), 200);

  const begun = performance.now();
  const read = async () =>
    expected(await http.get<Page<AuditEntry>>(`/api/audit?entity=equipment&entityId=${stands.id}`, { quiet: true }), 200).items;
  const entries = await until(
    read,
    (items) => items.some(({ changes }) => (changes['dailyRate']?.before ?? null) !== null),
    'The change of the day rate is in the trail.',
  );
  story.say({
    en: `The trail of ${stock.nameOf(stands.id)}, complete ${(performance.now() - begun).toFixed(0)} ms after the change:`,
    fr: `Le journal de ${stock.nameOf(stands.id)}, complet ${(performance.now() - begun).toFixed(0)} ms après la modification :`,
  });
  for (const { at, action, changes, traceId } of entries)
    story.line(`${at}  ${action.padEnd(24)} ${changed(changes)}${traceId === null ? '' : `  trace ${traceId.slice(0, 8)}…`}`);
  holds('The trail begins with the import.', entries.length >= 2 && entries.every(({ entityId }) => entityId === stands.id), entries);

  const verified = expected(await http.get<Verified>('/api/audit/verify'), 200);
  story.say({
    en: `Verified: ${verified.checked} entries, ${verified.ok ? 'unbroken' : 'BROKEN'}.`,
    fr: `Vérifié : ${verified.checked} entrées, ${verified.ok ? 'chaîne intacte' : 'chaîne ROMPUE'}.`,
  });
  holds('The audit trail verifies.', verified.ok && verified.checked > 0, verified);
};

/** `dailyRate 2.00 → 2.50`-like; a creation changes every field, so only how many is said. */
const changed = (changes: AuditEntry['changes']): string => {
  const fields = Object.entries(changes);
  if (fields.length > 3) return `(${fields.length})`;
  return fields.map(([field, { before, after }]) => `${field} ${JSON.stringify(before)} → ${JSON.stringify(after)}`).join(', ');
};
