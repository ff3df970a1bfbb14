-- Bands as data: value in [lo, hi) belongs to the band; hi null is no upper limit. Units: deploys per day, seconds, share.
create table dora_bands (
    edition  smallint not null,
    metric   text not null check (metric in ('frequency', 'lead_time', 'change_fail_rate', 'recovery')),
    band     text not null check (band in ('elite', 'high', 'medium', 'low')),
    lo       double precision not null,
    hi       double precision,
    -- Whether a value equal to `hi` belongs to this band (≤) or to the next one (<).
    hi_included boolean not null default false,
    primary key (edition, metric, band)
);
insert into dora_bands (edition, metric, band, lo, hi, hi_included) values
    (2023, 'frequency', 'elite', 1, null, false),
    (2023, 'frequency', 'high', 1.0 / 7, 1, false),
    (2023, 'frequency', 'medium', 1.0 / 30, 1.0 / 7, false),
    (2023, 'frequency', 'low', 0, 1.0 / 30, false),
    (2023, 'lead_time', 'elite', 0, 86400, false),
    (2023, 'lead_time', 'high', 86400, 604800, false),
    (2023, 'lead_time', 'medium', 604800, 2592000, false),
    (2023, 'lead_time', 'low', 2592000, null, false),
    (2023, 'change_fail_rate', 'elite', 0, 0.05, true),
    (2023, 'change_fail_rate', 'high', 0.05, 0.10, true),
    (2023, 'change_fail_rate', 'medium', 0.10, 0.15, true),
    (2023, 'change_fail_rate', 'low', 0.15, null, false),
    (2023, 'recovery', 'elite', 0, 3600, false),
    (2023, 'recovery', 'high', 3600, 86400, false),
    (2023, 'recovery', 'medium', 86400, 604800, false),
    (2023, 'recovery', 'low', 604800, null, false);

-- Rollup: the exact values of one scope and one day of the organisation's time zone, in one opaque column that only
-- Fairway reads (crates/domain/src/dora/day.rs). A row is dropped when a fact of its day changes and made again from the
-- rows; a figure is the same to the last digit with or without it. The version names one making of a row, so that a
-- process may keep what it decoded for as long as the version stands.
create table dora_days (
    scope     text not null check (scope in ('organisation', 'team', 'service')),
    -- Team or service; the nil uuid for the organisation.
    scope_id  uuid not null,
    day       date not null,
    time_zone text not null,
    made_at   timestamptz not null,
    version   bigint generated always as identity,
    facts     bytea not null,
    primary key (scope, scope_id, day)
);
-- The values are dense already: compressing them again costs time and saves nothing.
alter table dora_days alter column facts set storage external;
