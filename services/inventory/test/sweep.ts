/** The checker behind "never more promised than there is": sums all that is taken at every instant, in SQL of its own, from the rows alone. */
import type { FreshDatabase } from '@regie/testing';

export interface OverPromise { readonly equipment_id: string; readonly at: Date; readonly taken: number; readonly total: number }

/**
 * Every instant from now on at which more is promised (pieces at risk left out), out, in repair or lost than there is.
 * A change of the use happens only where something begins or ends: those instants are all there are to look at.
 */
export const sweep = (db: Pick<FreshDatabase, 'query'>): Promise<OverPromise[]> => db.query<OverPromise>(`
  with taken as (
    select l.equipment_id, l.starts_at as begins, l.ends_at as ends, l.quantity - l.delivered - coalesce(s.short, 0) as quantity
      from reservation_line l left join shortage s on s.line_id = l.id where l.status in ('reserved', 'delivered') and l.asked_to > now()
    union all
    select equipment_id, least(starts_at, out_since), case when asked_to > now() then ends_at else 'infinity' end, delivered - returned - missing from reservation_line
    union all
    select equipment_id, starts_at, case when expected_end_at > now() then expected_end_at else 'infinity' end, quantity from maintenance where status in ('pending', 'in_progress')
    union all
    select equipment_id, lost_at, 'infinity', quantity from loss where status = 'open'),
  changes as (
    select equipment_id, greatest(begins, now()) as at, quantity from taken where ends > now() and quantity > 0
    union all select equipment_id, ends, -quantity from taken where ends > now() and ends < 'infinity' and quantity > 0),
  levels as (select equipment_id, at, sum(sum(quantity)) over (partition by equipment_id order by at)::int as taken from changes group by equipment_id, at)
  select v.equipment_id, v.at, v.taken, e.quantity_total as total from levels v join equipment e on e.id = v.equipment_id where v.taken > e.quantity_total order by 1, 2`);

/** Reservations whose status and lines contradict each other: reserved without lines, refused or cancelled with some, decided never or twice. */
export const contradictions = (db: Pick<FreshDatabase, 'query'>): Promise<{ id: string; status: string; taking: number; decisions: number }[]> => db.query(`
  select r.id, r.status, (select count(*)::int from reservation_line l where l.reservation_id = r.id and l.status in ('reserved', 'delivered')) as taking,
    (select count(*)::int from decision d where d.reservation_id = r.id and d.revision = r.revision) as decisions from reservation r
  where (r.status in ('reserved', 'delivered')) <> exists (select 1 from reservation_line l where l.reservation_id = r.id and l.status in ('reserved', 'delivered'))
    or not exists (select 1 from decision d where d.reservation_id = r.id and d.revision = r.revision)`);
