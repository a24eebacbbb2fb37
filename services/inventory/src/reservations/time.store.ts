/** When somebody has to look again, of all companies: ids and instants only. */
import type { Database } from '@regie/store';

/** Companies with something due, and how many milliseconds until the next. */
export async function companiesDue({ source }: Database): Promise<{ companyIds: string[]; nextInMs: number | null }> {
  const [row] = await source.query<{ company_ids: string[] | null; next_ms: number | null }[]>(
    `select (select array_agg(distinct company_id) from (select company_id from due where due_at <= now() order by due_at limit 1000) d) as company_ids,
      (select extract(epoch from min(due_at) - now()) * 1000 from due where due_at > now())::float8 as next_ms`);
  return { companyIds: row?.company_ids ?? [], nextInMs: row?.next_ms ?? null };
}
