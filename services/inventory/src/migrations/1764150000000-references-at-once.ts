/** What a line refers to is looked for once a statement, not once a row. */
import type { Migration } from '@regie/store';

export const referencesAtOnce: Migration = {
  at: 1764150000000, name: 'references-at-once',
  sql: `
    -- A foreign key asks, and locks, for each row by itself: two questions a line were a ninth of all a decision cost. Equipment and reservations are never
    -- deleted and keep their ids, so that one question a statement, which locks nothing, is as good; it asks for the company too, which no key did.
    alter table reservation_line drop constraint reservation_line_reservation_id_fkey, drop constraint reservation_line_equipment_id_fkey;

    create function line_references() returns trigger language plpgsql security definer set search_path = public as $$
    begin
      if exists (
        select 1 from written w left join lateral (select true as there from reservation r where r.id = w.reservation_id and r.company_id = w.company_id offset 0) kept on true
          left join lateral (select true as there from equipment e where e.id = w.equipment_id and e.company_id = w.company_id offset 0) stocked on true
        where kept.there is null or stocked.there is null
      ) then
        raise exception using errcode = 'foreign_key_violation', message = 'a line refers to a reservation or an equipment that its company does not have';
      end if;
      return null;
    end $$;
    create trigger line_references_new after insert on reservation_line referencing new table as written for each statement execute function line_references();
    create trigger line_references_changed after update on reservation_line referencing new table as written for each statement execute function line_references();

    create function referred_to_stays() returns trigger language plpgsql as $$
    begin
      raise exception using errcode = 'foreign_key_violation', message = format('rows of %s are referred to: they are neither deleted nor given another id or company', tg_table_name);
    end $$;
    create trigger equipment_stays before delete or truncate or update of id, company_id on equipment for each statement execute function referred_to_stays();
    create trigger reservation_stays before delete or truncate or update of id, company_id on reservation for each statement execute function referred_to_stays();
  `,
};
