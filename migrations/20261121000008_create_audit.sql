-- Every change of state by a person or a token, written in the change's own transaction. Append-only.
create table audit (
    id         uuid not null,
    at         timestamptz not null,
    actor_kind text not null,
    actor_id   uuid,
    actor_name text not null,
    action     text not null,
    subject    text not null,
    reason     text,
    before     jsonb,
    after      jsonb,
    request_id text,
    primary key (id, at)
) partition by range (at);
create table audit_default partition of audit default;
create index audit_by_time on audit (at desc, id desc);
create index audit_by_subject on audit (subject, at desc);

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
    raise exception 'audit rows are append-only';
end $$;
create trigger audit_is_append_only before update or delete on audit
    for each row execute function refuse_audit_change();

select ensure_month_partitions('audit', now()::date, 3);
