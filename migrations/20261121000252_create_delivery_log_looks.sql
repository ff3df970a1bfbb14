-- The last look at GitHub's log of deliveries (App mode): what it sent and nobody took is asked for again. One row.
create table delivery_log_looks (
    single     boolean primary key default true check (single),
    looked_at  timestamptz not null,
    missing    bigint not null default 0,
    asked      bigint not null default 0
);
