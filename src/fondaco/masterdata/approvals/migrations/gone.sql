create or replace function approvals_document_gone() returns trigger language plpgsql set search_path from current as $$
begin
  -- Nobody is asked any more about a document that was deleted. The room of the document lays this on its table.
  update approvals_approvalrequest set state = 'void'
    where table_name = tg_table_name and row_id in (select id from gone) and state in ('waiting', 'approved');
  return null;
end $$
