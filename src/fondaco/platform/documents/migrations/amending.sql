-- Whether a version of the document was kept in this very transaction: only then may what is in force be changed.
create or replace function documents_is_amending(asked_table text, asked_row bigint) returns boolean language sql stable set search_path from current as $$
  select exists (
    select from documents_amendment a where a.table_name = asked_table and a.row_id = asked_row and a.transaction = txid_current()
  )
$$
