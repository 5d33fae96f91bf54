alter table payments_bankaccount add constraint bank_account_iban check (iban = '' or parties_is_iban(iban))
-- next
-- Company and control travel with the key: the ledger's account can neither belong to another company nor stop being a bank's.
alter table ledger_account add constraint account_control_of_company unique (id, company_id, control)
-- next
alter table payments_bankaccount add constraint bank_account_of_ledger_account
  foreign key (account_id, company_id, control) references ledger_account (id, company_id, control)
