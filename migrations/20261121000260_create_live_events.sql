-- What changed, in the change's own transaction, so that open pages know when they are old. Kept for a day.
create sequence live_event_numbers as bigint;

-- Transactions commit in another order than they begin, so a reader that remembered the last row it saw would miss one
-- that was written earlier and committed later. Rows are therefore ordered by transaction, and read only below the oldest
-- transaction that is still open: what stands there is complete.
create table live_events (
    transaction bigint not null default (pg_current_xact_id()::text::bigint),
    number      bigint not null default nextval('live_event_numbers'),
    at          timestamptz not null,
    kind        text not null
                check (kind in ('deploy', 'service', 'health', 'catalog', 'pull_request', 'delivery')),
    service_id  uuid,
    deploy_id   uuid,
    -- The order of reading: every replica and every stream that resumes asks for what follows a place.
    primary key (transaction, number, at)
) partition by range (at);
create table live_events_default partition of live_events default;

select ensure_month_partitions('live_events', now()::date, 3);

-- Drops the partitions of months before a date that hold no row any more.
create function drop_empty_month_partitions(parent regclass, before date) returns void
language plpgsql set lock_timeout = '2s' as $$
declare
    part regclass;
    used boolean;
begin
    for part in
        select inhrelid::regclass from pg_inherits
        where inhparent = parent and inhrelid::regclass::text ~ '_\d{4}_\d{2}$'
          and to_date(right(inhrelid::regclass::text, 7), 'YYYY_MM') < date_trunc('month', before)
    loop
        execute format('select exists (select from %s)', part) into used;
        if not used then
            execute format('drop table %s', part);
        end if;
    end loop;
end $$;
