-- Lines that something was bought for keep their ties within themselves; with a line that is taken away they end.
create trigger ties_end after delete on sales_orderline referencing old table as gone
  for each statement execute function supply_line_gone('demand', 'sales_orderline')
-- next
create trigger ties_kept after update on sales_orderline referencing old table as before_rows new table as now_rows
  for each statement execute function supply_line_changed('demand', 'sales_orderline')
