insert into payments_settlingrule (version, created_at, created_by, company_id, discount_tax, tolerance, tolerance_percent)
  select 1, now(), 'program.migration', c.id, case when c.country_id = 'IT' then 'credit_note' else 'pro_rata' end, 0, 100
  from companies_company c where exists (select from ledger_account a where a.company_id = c.id)
  on conflict do nothing
-- next
insert into payments_writeoffreason (version, created_at, created_by, company_id, code, name, name_it, is_default, for_small_differences, is_active)
  select 1, now(), 'program.migration', c.id, 'BADDEBT', 'Customer cannot pay', 'Cliente insolvente', true, false, true
  from companies_company c where exists (select from ledger_account a where a.company_id = c.id)
  on conflict do nothing
