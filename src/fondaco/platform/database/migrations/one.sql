insert into one (id) values (1) on conflict do nothing
-- next
create or replace function flush_constraints() returns void language plpgsql as $$
begin
  set constraints all immediate;
  set constraints all deferred;
end $$
-- next
create extension if not exists pg_trgm with schema public
-- next
create extension if not exists btree_gist with schema public
-- next
create extension if not exists unaccent with schema public
-- next
create or replace function database_next_version() returns trigger language plpgsql as $$
begin
  new.version := old.version + 1;
  new.created_at := old.created_at;
  new.created_by := old.created_by;
  return new;
end $$
-- next
create or replace function database_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% of % is refused: what is posted is never changed; write a reversal', tg_op, tg_argv[0]
    using errcode = '23001', constraint = 'posted_rows_never_change', table = tg_argv[0];
end $$
-- next
create or replace function database_new_stamp() returns trigger language plpgsql security definer as $$
begin
  update one set stamp = gen_random_uuid();
  return null;
end $$
