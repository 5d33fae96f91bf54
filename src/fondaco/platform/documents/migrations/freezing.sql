-- The lines of a document stay as they are once it has left draft, but for columns that move; an amendment, which keeps the version before it, may change them.
-- Told by its arguments: the table of the document, the column that names it, the constraint that is said, the state in which it is amended (or none), the columns that move.
create or replace function documents_refuse_frozen_lines() returns trigger language plpgsql set search_path from current as $$
declare
  source text := case tg_op when 'INSERT' then 'after_rows a' when 'DELETE' then 'before_rows a' else 'before_rows b full join after_rows a on a.id = b.id' end;
  documents text := case tg_op when 'UPDATE' then format('d.id in (a.%1$I, b.%1$I)', tg_argv[1]) else format('d.id = a.%I', tg_argv[1]) end;
  elsewhere text := case tg_op when 'UPDATE' then format('a.%1$I is distinct from b.%1$I or', tg_argv[1]) else '' end;
  changed text := case tg_op when 'UPDATE' then format('(to_jsonb(a) - %1$L::text[]) is distinct from (to_jsonb(b) - %1$L::text[]) and', tg_argv[4]) else '' end;
  frozen text;
begin
  execute format(
    'select coalesce(d.number, '''') from %s join %I d on %s where %s d.state <> ''draft'' and (%s not (d.state = %L and documents_is_amending(%L, d.id))) order by d.id limit 1',
    source, tg_argv[0], documents, changed, elsewhere, tg_argv[3], tg_argv[0]) into frozen;
  if frozen is not null then
    raise exception 'document % was confirmed, and never changes in its lines', frozen using errcode = '23001', constraint = tg_argv[2];
  end if;
  return null;
end $$
-- next
-- Puts that guard on a table of lines.
create or replace function documents_freeze_lines(lines text, document text, link text, said text, amended_in text default '', moving text[] default '{version}')
returns void language plpgsql set search_path from current as $$
declare
  given text := format('%L, %L, %L, %L, %L', document, link, said, amended_in, moving);
begin
  execute format('create trigger frozen_lines_added after insert on %I referencing new table as after_rows for each statement execute function documents_refuse_frozen_lines(%s)', lines, given);
  execute format('create trigger frozen_lines_changed after update on %I referencing old table as before_rows new table as after_rows for each statement execute function documents_refuse_frozen_lines(%s)', lines, given);
  execute format('create trigger frozen_lines_removed after delete on %I referencing old table as before_rows for each statement execute function documents_refuse_frozen_lines(%s)', lines, given);
end $$
-- next
-- A version that was put in force never changes: it is only followed by the next. In force it has the first state named, afterwards the second.
create or replace function documents_refuse_version_change() returns trigger language plpgsql as $$
declare
  moving constant text[] := '{state,version}';
begin
  if old.state = 'draft' then
    return case tg_op when 'DELETE' then old else new end;
  end if;
  if tg_op = 'DELETE' or to_jsonb(new) - moving <> to_jsonb(old) - moving or (new.state <> old.state and not (old.state = tg_argv[0] and new.state = tg_argv[1])) then
    raise exception '% % was put in force and never changes', tg_table_name, old.number
      using errcode = '23001', constraint = tg_argv[2], detail = coalesce(to_jsonb(old) ->> 'name', old.number, '');
  end if;
  return new;
end $$
