-- What is known of a release that is watched: one row for a deploy, and for a canary one for each of its steps. A failure is
-- never taken back; one that a person decides about may become one that is rolled back. Read by the deploy's page and by what drives the deploy.
create table verify_verdicts (
    deploy_id  uuid not null references deploys (id) on delete cascade,
    -- How much of the traffic it has, in percent; none yet for a stack that is smoke-tested.
    weight     smallint not null check (weight between 0 and 100),
    service_id uuid not null references services (id),
    version    text not null,
    previous   text,
    exposed_at timestamptz not null,
    -- The rules that were judged by.
    matrix     jsonb not null,
    verdict    text not null check (verdict in ('pass', 'fail', 'insufficient')),
    is_over    boolean not null,
    -- The check that failed or lacks something.
    kind       text,
    -- Of what is insufficient: what is missing, and since when. Of a failure: when it was seen.
    lack       text,
    since      timestamptz,
    remedy     text,
    slot       int,
    value      double precision,
    threshold  double precision,
    noted_at   timestamptz not null,
    primary key (deploy_id, weight),
    constraint verify_verdicts_say_why check (
        case verdict
            when 'pass' then lack is null and remedy is null
            when 'fail' then num_nulls(kind, since, remedy, slot, threshold) = 0
            else num_nulls(lack, since) = 0
        end)
);

create function refuse_verdict_change() returns trigger language plpgsql as $$
begin
    if new.verdict <> 'fail' or (old.remedy = 'roll_back' and new.remedy <> 'roll_back') then
        raise exception 'a failure of a watch is never taken back';
    end if;
    return new;
end $$;
create trigger verify_failures_stay before update on verify_verdicts
    for each row when (old.verdict = 'fail') execute function refuse_verdict_change();

-- Every sample with what was asked and what it was compared with, so that a decision can be read again. Drawn on the page of
-- the deploy by deploy and step.
create table verify_samples (
    deploy_id         uuid not null,
    weight            smallint not null,
    kind              text not null,
    slot              int not null,
    -- When the sample was due, which is the same for whoever takes it: two that take it write one row.
    due_at            timestamptz not null,
    taken_at          timestamptz not null,
    window_ms         bigint not null,
    query             text not null,
    threshold         double precision not null,
    -- A number, or what it lacks.
    value             double precision,
    lack              text,
    bad               double precision,
    requests          double precision,
    -- The same of the previous version; neither where nobody asked.
    baseline_value    double precision,
    baseline_lack     text,
    baseline_bad      double precision,
    baseline_requests double precision,
    probe             text check (probe in ('answered', 'failed', 'unreachable')),
    probe_before      text check (probe_before in ('answered', 'failed', 'unreachable')),
    detail            text,
    primary key (deploy_id, weight, kind, slot, due_at),
    constraint verify_samples_are_one_of_two check (num_nonnulls(value, lack) = 1)
) partition by range (due_at);
create table verify_samples_default partition of verify_samples default;

select ensure_month_partitions('verify_samples', now()::date, 3);
