-- By what a service is watched after a deploy, where its team set it; what has no row has the default of the version that
-- runs. Read when a watch begins, and by the service's settings.
create table verify_checks (
    service_id uuid not null references services (id),
    kind       text not null check (kind in ('down', 'error_ratio', 'p95', 'p99')),
    enabled    boolean not null,
    -- PromQL with places for service, environment, version and window.
    measure    text not null,
    requests   text,
    set_at     timestamptz not null,
    primary key (service_id, kind)
);

-- What follows from which symptom, by tier. A tier without rows has the defaults of the version that runs.
create table rollback_rules (
    tier           smallint not null check (tier between 1 and 4),
    symptom        text not null check (symptom in ('down', 'error_ratio', 'p95', 'p99', 'minor_defect')),
    -- A minor defect is reported by a person, so nothing of it is measured.
    threshold      double precision,
    hits           smallint,
    of_last        smallint,
    least_bad      bigint,
    least_requests bigint,
    remedy         text not null check (remedy in ('roll_back', 'ask', 'fix_forward', 'note')),
    primary key (tier, symptom),
    constraint rollback_rules_are_whole check (
        case when symptom = 'minor_defect'
            then num_nonnulls(threshold, hits, of_last, least_bad, least_requests) = 0
            else num_nulls(threshold, hits, of_last, least_bad, least_requests) = 0 and hits between 1 and of_last
        end)
);

-- For how long a service of a tier is watched, and how often it is looked at.
create table verify_windows (
    tier          smallint primary key check (tier between 1 and 4),
    window_ms     bigint not null check (window_ms > 0),
    step_ms       bigint not null check (step_ms > 0 and step_ms <= window_ms),
    least_samples int not null check (least_samples > 0)
);
