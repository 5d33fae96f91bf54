create schema if not exists fondaco_tenants
-- next
create table if not exists fondaco_tenants.tenant (
  id bigint generated always as identity primary key,
  name text not null constraint tenant_name_once unique constraint tenant_name check (name ~ '^[a-z][a-z0-9-]{0,39}$'),
  schema text not null constraint tenant_schema_once unique constraint tenant_schema check (schema ~ '^tenant_[a-z][a-z0-9_]{0,39}$'),
  state text not null default 'active' constraint tenant_state check (state in ('active', 'suspended')),
  fault text not null default '',
  created_at timestamptz not null default now()
)
-- next
create table if not exists fondaco_tenants.host (
  id bigint generated always as identity primary key,
  host text not null constraint tenant_host_once unique constraint tenant_host check (host = lower(host) and host <> ''),
  tenant_id bigint not null references fondaco_tenants.tenant (id) on delete cascade
)
