/** What is decided ahead counts on a batch, not on a number: the one before it may have failed, and somebody else raised the version to just that number. */
import type { Migration } from '@regie/store';

export const raisedBy: Migration = {
  at: 1764200000000, name: 'raised-by',
  sql: `
    -- The batch decided ahead that raised the version last; of no meaning once somebody raised it under the lock.
    alter table partition add raised_by uuid;
    -- Who still calls it is refused, and decides under the lock.
    drop function partition_raise(uuid[], bigint[]);

    create function partition_raise(ids uuid[], versions bigint[], raisers uuid[], raiser uuid) returns void language plpgsql set search_path = public as $$
    declare raised int;
    begin
      -- In the order of ids, as every holder locks them: two batches cannot wait for each other in a circle.
      if cardinality(ids) > 1 then
        perform 1 from partition where company_id in (select unnest(ids)) order by company_id for no key update;
      end if;
      update partition p set version = p.version + 1, raised_by = raiser from unnest(ids, versions, raisers) as seen (id, version, raised_by)
        where p.company_id = seen.id and p.version = seen.version and (seen.raised_by is null or p.raised_by = seen.raised_by);
      get diagnostics raised = row_count;
      if raised <> cardinality(ids) then
        raise exception using errcode = 'RG001', message = 'somebody else was here since it was decided';
      end if;
    end $$;
    revoke execute on function partition_raise(uuid[], bigint[], uuid[], uuid) from public;
    grant execute on function partition_raise(uuid[], bigint[], uuid[], uuid) to inventory_batch;
  `,
};
