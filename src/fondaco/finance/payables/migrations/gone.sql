create trigger approval_ends_with_bill after delete on payables_bill referencing old table as gone
  for each statement execute function approvals_document_gone()
