-- ISO 13616: the first four signs go to the end, letters count from A = 10, and the rest of the division by 97 is 1.
create or replace function parties_is_iban(iban text) returns boolean language sql immutable strict parallel safe as $$
  select iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$' and (
    select string_agg(case when sign ~ '[A-Z]' then (ascii(sign) - 55)::text else sign end, '' order by place)::numeric % 97
    from regexp_split_to_table(substr(iban, 5) || substr(iban, 1, 4), '') with ordinality as signs (sign, place)
  ) = 1
$$
