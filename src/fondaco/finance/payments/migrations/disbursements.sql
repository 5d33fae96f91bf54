create or replace function payments_refuse_other_side() returns trigger language plpgsql as $$
begin
  if (old.kind in ('paid', 'refunded')) <> (new.kind in ('paid', 'refunded')) then
    raise exception 'payment % keeps its side', old.id using errcode = '23514', constraint = 'payment_keeps_its_side';
  end if;
  return new;
end $$
-- next
create trigger keeps_its_side before update of kind on payments_payment for each row execute function payments_refuse_other_side()
