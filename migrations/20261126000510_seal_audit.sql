-- Seals: one process at a time numbers the committed rows of the audit trail and chains their hashes, so that writers never
-- wait for each other and any later change shows. Read by `fairway audit`, by the page of the trail and by the metrics.

-- Rows that have no seal yet. A queue and no place in an order: a row that commits late is found whenever it comes, and a
-- transaction that stays open holds nobody up.
create table audit_unsealed (
    number   bigint generated always as identity primary key,
    audit_id uuid not null,
    audit_at timestamptz not null
);

create function queue_audit_row() returns trigger language plpgsql as $$
begin
    insert into audit_unsealed (audit_id, audit_at) values (new.id, new.at);
    return null;
end $$;
create trigger audit_is_queued after insert on audit
    for each row execute function queue_audit_row();
insert into audit_unsealed (audit_id, audit_at) select id, at from audit order by at, id;

create table audit_seals (
    -- 1, 2, 3 … without a gap.
    number    bigint not null,
    audit_id  uuid not null,
    audit_at  timestamptz not null,
    row_hash  bytea not null,
    sealed_at timestamptz not null,
    -- Of the seal before, this number, the row, the time and the row's hash.
    hash      bytea not null,
    primary key (number, sealed_at)
) partition by range (sealed_at);
create table audit_seals_default partition of audit_seals default;
-- The page shows the seal beside each row.
create index audit_seals_by_row on audit_seals (audit_id);
select ensure_month_partitions('audit_seals', now()::date, 3);

-- Seals from which the chain can be verified without what lies before.
create table audit_checkpoints (
    number    bigint primary key,
    hash      bytea not null,
    sealed_at timestamptz not null
);

-- The last seal. Whoever holds this row's lock seals; it starts from a random hash, so that no two installations have the
-- same chain.
create table audit_head (
    only_row  boolean primary key default true check (only_row),
    genesis   bytea not null,
    number    bigint not null default 0,
    hash      bytea not null,
    sealed_at timestamptz
);
insert into audit_head (genesis, hash)
select g, g from (select sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) as g) random;

create function refuse_seal_change() returns trigger language plpgsql as $$
begin
    raise exception 'seals of the audit trail are append-only';
end $$;
create trigger audit_seals_are_append_only before update or delete on audit_seals
    for each row execute function refuse_seal_change();
create trigger audit_checkpoints_are_append_only before update or delete on audit_checkpoints
    for each row execute function refuse_seal_change();

create function refuse_head_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and new.number > old.number and new.genesis = old.genesis then
        return new;
    end if;
    raise exception 'the head of the audit trail only goes forward';
end $$;
create trigger audit_head_goes_forward before update or delete on audit_head
    for each row execute function refuse_head_change();
