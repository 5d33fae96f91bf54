alter table access_membership add constraint membership_company
  foreign key (company_id) references companies_company (id) deferrable initially deferred
