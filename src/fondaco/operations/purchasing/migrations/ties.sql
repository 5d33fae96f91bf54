-- Lines that are tied to what wants them keep their ties within themselves; with a line that is taken away they end.
create trigger ties_end after delete on purchasing_purchaseorderline referencing old table as gone
  for each statement execute function supply_line_gone('supply', 'purchasing_purchaseorderline')
-- next
create trigger ties_kept after update on purchasing_purchaseorderline referencing old table as before_rows new table as now_rows
  for each statement execute function supply_line_changed('supply', 'purchasing_purchaseorderline')
