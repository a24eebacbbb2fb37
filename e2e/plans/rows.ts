/** Tables of each service with as many rows as a busy company has after years, shared by four companies. */
import type { FreshDatabase } from '@regie/testing';

export const many = 100_000;

/** The ids that lists are asked for. */
export interface Known {
  readonly companyId: string;
  readonly personId: string;
  readonly ids: Readonly<Record<string, string>>;
}

/** `n` → an id that can be computed again; companies are those of 0 to 3. */
const id = (kind: string, n: string): string => `md5('${kind} ' || (${n})::text)::uuid`;
const company = (n = 'n'): string => id('company', `${n} % 4`);
const each = `generate_series(0, ${many - 1}) n`;
const at = (n = 'n'): string => `timestamptz '2024-01-01 00:00Z' + ${n} * interval '15 minutes'`;
const words = (table: string): string => `insert into ${table}_term (company_id, term, id)
  select ${company()}, term, ${id(table, 'n')} from ${each} cross join lateral (values ('word'), ('nr' || n)) terms (term)`;

const statements: Readonly<Record<'inventory' | 'events' | 'identity', readonly string[]>> = {
  inventory: [
    `insert into equipment (id, company_id, version, reference, name, category, subcategory, brand, tracking, quantity_total, created_at, updated_at, archived_at)
      select ${id('equipment', 'n')}, ${company()}, 1, 'SND-' || n, 'word nr' || n, (array['sound', 'light', 'video'])[1 + n % 3],
        'line_array', 'Brand ' || n % 50, (array['bulk', 'serialised'])[1 + n % 2], 20, ${at()}, ${at()},
        case when n % 20 = 0 then now() end from ${each}`,
    words('equipment'),
    `insert into unit (id, company_id, version, equipment_id, code, created_at)
     select ${id('unit', 'n')}, ${company()}, 1, ${id('equipment', 'n')}, 'U-' || n, ${at()} from ${each}`,
    `insert into status_change (id, company_id, equipment_id, at, to_status, quantity, cause_kind, cause_id) select ${id('change', 'n')},
     ${company()}, ${id('equipment', 'n % 1000')}, ${at()}, 'available', 1, 'reservation', ${id('reservation', 'n')} from ${each}`,
    `insert into reservation (id, company_id, version, event_id, revision, status, decided_at, created_at)
      select ${id('reservation', 'n')}, ${company()}, 1, ${id('event', 'n % 10000')}, 1,
        (array['reserved', 'delivered', 'returned', 'returned', 'returned', 'rejected', 'cancelled'])[1 + n % 7], ${at()}, ${at()} from ${each}`,
    `insert into reservation_line (id, company_id, reservation_id, event_id, equipment_id, quantity,
      asked_from, asked_to, starts_at, ends_at, status, delivered, returned, decided_seq, decided_at)
      select ${id('line', 'n')}, ${company()}, ${id('reservation', 'n')}, ${id('event', 'n % 10000')},
        ${id('equipment', 'n % 1000')}, 2, ${at()}, ${at()} + interval '3 days', ${at()}, ${at()} + interval '3 days',
        (array['reserved', 'delivered', 'returned', 'returned', 'returned', 'rejected', 'cancelled'])[1 + n % 7],
        case when n % 7 in (1, 2, 3, 4) then 2 else 0 end, case when n % 7 in (2, 3, 4) then 2 else 0 end, n, ${at()} from ${each}`,
    `insert into maintenance (id, company_id, version, equipment_id, quantity, priority, status, problem, technician_id, starts_at, created_at)
      select ${id('maintenance', 'n')}, ${company()}, 1, ${id('equipment', 'n % 1000')}, 1, (array['low', 'medium', 'high'])[1 + n % 3],
        (array['pending', 'in_progress', 'completed', 'completed', 'completed'])[1 + n % 5], 'Noise', ${id('person', 'n % 100')}, ${at()}, ${at()}
        from ${each}`,
    `insert into loss (id, company_id, version, equipment_id, reservation_id, line_id, quantity, status, lost_at, created_at)
      select ${id('loss', 'n')}, ${company()}, 1, ${id('equipment', 'n % 1000')}, ${id('reservation', 'n')},
        ${id('line', 'n')}, 1, (array['open', 'found', 'written_off'])[1 + n % 3], ${at()}, ${at()} from ${each}`,
    `insert into shortage (line_id, company_id, equipment_id, reservation_id, event_id, short, since) select ${id('line', 'n')}, ${company()},
     ${id('equipment', 'n % 1000')}, ${id('reservation', 'n')}, ${id('event', 'n % 10000')}, 1, now() from ${each} where n % 7 = 0`,
  ],
  events: [
    `insert into customer (id, company_id, version, name, data, created_at, archived_at) select ${id('customer', 'n')}, ${company()},
     1, 'word nr' || n, jsonb_build_object('name', 'word nr' || n), ${at()}, case when n % 20 = 0 then now() end from ${each}`,
    words('customer'),
    `insert into event (id, company_id, version, name, category, status, installation_at, start_at,
      end_at, dismantling_at, time_zone, customer_id, details, created_at, updated_at, archived_at)
      select ${id('event', 'n')}, ${company()}, 1, 'word nr' || n, (array['sound', 'video', 'mixed'])[1 + n % 3], (array['planned', 'completed',
        'completed', 'cancelled'])[1 + n / 4 % 4], ${at()}, ${at()} + interval '1 day', ${at()} + interval '2 days', ${at()} + interval '3 days',
        'Europe/Paris', ${id('customer', 'n % 1000')}, '{}', ${at()}, ${at()}, case when n % 20 = 0 then now() end from ${each}`,
    words('event'),
    `insert into request (id, company_id, event_id, revision, decided, accepted_revision, created_at, updated_at)
     select ${id('reservation', 'n')}, ${company()}, ${id('event', 'n % 10000')}, 1, 1, 1, ${at()}, ${at()} from ${each}`,
    `insert into request_revision (request_id, revision, company_id, settlement_id, allow_partial, outcome, decided_at)
     select ${id('reservation', 'n')}, 1, ${company()}, ${id('settlement', 'n')}, false, 'accepted', ${at()} from ${each}`,
    `insert into request_line (id, request_id, revision, company_id, event_id, position, equipment_id, quantity, from_at, to_at, moves)
      select ${id('line', 'n')}, ${id('reservation', 'n')}, 1, ${company()}, ${id('event', 'n % 10000')},
        0, ${id('equipment', 'n % 1000')}, 2, ${at()}, ${at()} + interval '3 days', true from ${each}`,
    `insert into reservation (id, company_id, sequence, event_id, status, out, state) select ${id('reservation', 'n')}, ${company()}, 1,
      ${id('event', 'n % 10000')}, 'reserved', 0, jsonb_build_object('id', ${id('reservation', 'n')}, 'createdAt', ${at()}, 'updatedAt', ${at()},
      'eventId', ${id('event', 'n % 10000')}, 'status', 'reserved', 'lines', '[]'::jsonb, 'shortages', '[]'::jsonb, 'requestedBy', null, 'decidedAt', null) from ${each}`,
  ],
  identity: [
    `insert into company (id, version, name, time_zone, currency, locale) select ${company()}, 1, 'Company ' || n, 'Europe/Paris', 'EUR', 'fr' from generate_series(0, 3) n`,
    `insert into person (id, company_id, version, email, password_hash, first_name, last_name, roles, active, created_at, archived_at)
      select ${id('person', 'n')}, ${company()}, 1, 'nr' || n || '@example.com', '-', 'word', 'nr' || n,
        array[(array['admin', 'manager', 'technician', 'client'])[1 + n % 4]], n % 10 > 0, ${at()}, case when n % 20 = 0 then now() end from ${each}`,
    words('person'),
    `insert into session (id, company_id, person_id, version, ip, user_agent, created_at)
     select ${id('session', 'n')}, ${company()}, ${id('person', 'n % 10000')}, 1, '192.0.2.7', 'test', ${at()} from ${each}`,
    `insert into login (id, company_id, person_id, at, ip, user_agent, outcome)
     select ${id('login', 'n')}, ${company()}, ${id('person', 'n % 10000')}, ${at()}, '192.0.2.7', 'test', 'success' from ${each}`,
  ],
};

/** Fills a service's tables and gives the planner its figures. */
export async function fill(service: keyof typeof statements, db: FreshDatabase): Promise<Known> {
  const sql = statements[service].join(';\n');
  // Right by construction: checking every reference of a million rows takes longer than the test.
  await db.query(`set session_replication_role = replica; ${sql}; set session_replication_role = origin; analyze`);
  const kinds = ['company', 'person', 'equipment', 'event', 'customer', 'reservation'];
  // The fourth of each kind: neither archived nor without figures.
  const [row] = await db.query<Record<string, string>>(`select ${kinds.map((kind) => `${id(kind, kind === 'company' ? '0' : '4')} as ${kind}`).join(', ')}`);
  const known = row!;
  return {
    companyId: known['company']!, personId: known['person']!,
    ids: { equipmentId: known['equipment']!, eventId: known['event']!, customerId: known['customer']!, technicianId: known['person']!, userId: known['person']!, ...known },
  };
}
