-- Which deliveries were seen: unpartitioned, because a unique key over all time cannot be partitioned.
create table delivery_keys (
    source      text not null,
    delivery_id text not null,
    body_sha256 bytea not null,
    id          uuid not null,
    received_at timestamptz not null,
    primary key (source, delivery_id)
);

-- The inbox: every signed delivery as received, with the state of its processing.
create table deliveries (
    id           uuid not null,
    received_at  timestamptz not null,
    source       text not null,
    delivery_id  text not null,
    event        text not null,
    action       text,
    -- Body exactly as signed.
    body         bytea not null,
    status       text not null default 'received' check (status in ('received', 'processed', 'ignored', 'dead')),
    attempts     int not null default 0,
    error        text,
    processed_at timestamptz,
    repository   text,
    primary key (id, received_at)
) partition by range (received_at);
create table deliveries_default partition of deliveries default;
create index deliveries_by_time on deliveries (received_at desc, id desc);
create index deliveries_dead on deliveries (received_at desc) where status = 'dead';
create index deliveries_waiting on deliveries (received_at) where status = 'received';

-- Things that look like an attack or a misconfigured sender: bad signatures, one id with two bodies.
create table security_events (
    id     uuid not null,
    at     timestamptz not null,
    kind   text not null,
    source text not null,
    detail jsonb not null default '{}',
    primary key (id, at)
) partition by range (at);
create table security_events_default partition of security_events default;

select ensure_month_partitions('deliveries', now()::date, 3);
select ensure_month_partitions('security_events', now()::date, 3);
