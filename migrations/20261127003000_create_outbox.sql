-- What Fairway does to the outside: each effect is a row that is written with the decision that wants it, and sent afterwards.
-- Read by send_effects, which claims what is due, and by the gauges of what waits.
create table outbox (
    -- Sent along as the id of the delivery, the same at each try.
    id           uuid primary key,
    -- What the effect is the one effect of, for example `drive:0199…:deploy`. The same key gives no second row.
    effect_key   text not null,
    -- `execute`: an order to an executor; `tell`: news for whoever chose them; `notify`: one message to one target.
    kind         text not null,
    -- `executor:service/environment`, `chosen`, or `target:id`: secrets and addresses stand in that row, never here.
    target       text not null,
    payload      jsonb not null,
    -- The service that it is about: whoever does not see it sees no effect of it.
    service_id   uuid,
    state        text not null default 'waiting' check (state in ('waiting', 'sent', 'dead')),
    attempts     integer not null default 0,
    not_before   timestamptz not null,
    -- Until when somebody is sending it; whoever does knows the fence, and nobody else marks it.
    leased_until timestamptz,
    fence        bigint not null default 0,
    -- Since when it may have arrived without our knowing: whoever tries again looks first.
    unsure_since timestamptz,
    last_error   text,
    -- What the receiver answered: a run, a reference.
    outcome      jsonb,
    created_at   timestamptz not null,
    -- When a person looked and had it sent again.
    replayed_at  timestamptz,
    done_at      timestamptz
);
create unique index outbox_by_key on outbox (effect_key);
-- What is due, and how long the oldest waits.
create index outbox_waiting on outbox (not_before, id) where state = 'waiting';
-- What waits for a person.
create index outbox_dead on outbox (done_at) where state = 'dead';
-- The list of effects.
create index outbox_by_time on outbox (created_at, id);
-- The daily job that drops what was sent long ago.
create index outbox_done on outbox (done_at) where state = 'sent';
