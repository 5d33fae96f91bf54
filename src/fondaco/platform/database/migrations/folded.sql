create or replace function database_folded(words text) returns text language sql immutable strict parallel safe as $$
  select translate(lower(public.unaccent('public.unaccent'::regdictionary, words)), '-/.,;:@_"()''', '           ')
$$
