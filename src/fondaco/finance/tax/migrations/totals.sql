create or replace function tax_totals_kept() returns trigger language plpgsql security definer set search_path from current as $$
declare
  r record;
  bucket_of_writer bigint := pg_backend_pid() % 16;
begin
  -- In key order, so that two writers queue instead of deadlocking; the transition table is read alone.
  for r in
    select company_id, reported_on, kind, tax_code_id, rate, chargeable, account_id, sum(base) as base, sum(tax) as tax,
      sum(non_deductible) as non_deductible, sum(amount) as amount, 
      sum(case when restates_id is not null and tax_point < reported_on then -1 else 1 end) as entries,
      coalesce(sum(case when restates_id is null then 1 else -1 end) filter (where tax_point < reported_on), 0) as late
    from added where not (kind = 'other' and source_table = 'tax_taxreturn') group by 1, 2, 3, 4, 5, 6, 7 order by 1, 2, 3, 4, 5, 6, 7
  loop
    insert into tax_taxtotal as t (company_id, reported_on, kind, tax_code_id, rate, chargeable, account_id, bucket, base, tax, non_deductible, amount, entries, late)
    values (r.company_id, r.reported_on, r.kind, r.tax_code_id, r.rate, r.chargeable, r.account_id, bucket_of_writer, r.base, r.tax, r.non_deductible, r.amount, r.entries, r.late)
    on conflict (company_id, reported_on, kind, tax_code_id, rate, chargeable, account_id, bucket) do update
      set base = t.base + excluded.base, tax = t.tax + excluded.tax, non_deductible = t.non_deductible + excluded.non_deductible,
          amount = t.amount + excluded.amount, entries = t.entries + excluded.entries, late = t.late + excluded.late;
  end loop;
  return null;
end $$
-- next
create trigger totals_kept after insert on tax_taxentry referencing new table as added for each statement execute function tax_totals_kept()
-- next
insert into tax_taxtotal (company_id, reported_on, kind, tax_code_id, rate, chargeable, account_id, bucket, base, tax, non_deductible, amount, entries, late)
select company_id, reported_on, kind, tax_code_id, rate, chargeable, account_id, 0, sum(base), sum(tax), sum(non_deductible), sum(amount),
  sum(case when restates_id is not null and tax_point < reported_on then -1 else 1 end),
  coalesce(sum(case when restates_id is null then 1 else -1 end) filter (where tax_point < reported_on), 0)
from tax_taxentry where not (kind = 'other' and source_table = 'tax_taxreturn') group by 1, 2, 3, 4, 5, 6, 7
