/** What is decided before the lock is held is written only where nobody else was in between. */
import type { Migration } from '@regie/store';

export const decidedAhead: Migration = {
  at: 1764100000000, name: 'decided-ahead',
  sql: `
    create function partition_raise(ids uuid[], versions bigint[]) returns void language plpgsql set search_path = public as $$
    declare raised int;
    begin
      -- In the order of ids, as every holder locks them: two batches cannot wait for each other in a circle.
      if cardinality(ids) > 1 then
        perform 1 from partition where company_id in (select unnest(ids)) order by company_id for no key update;
      end if;
      update partition p set version = p.version + 1 from unnest(ids, versions) as seen (id, version) where p.company_id = seen.id and p.version = seen.version;
      get diagnostics raised = row_count;
      if raised <> cardinality(ids) then
        raise exception using errcode = 'RG001', message = 'somebody else was here since it was decided';
      end if;
    end $$;
    revoke execute on function partition_raise(uuid[], bigint[]) from public;
    grant execute on function partition_raise(uuid[], bigint[]) to inventory_batch;
  `,
};
