-- Figures of an organisation with a million deploys in 100 ms: one narrow row per day instead of arrays per metric, and
-- the indexes that a team's figures and the drill-down tables read by. Needed by /dora.

-- A small number per service, so that a day holds "who deployed how often" in six bytes per service.
alter table services add column number int generated always as identity;

-- The rollup's values in one opaque column that only Fairway reads (crates/domain/src/dora/day.rs); the version names
-- one making of a row, so that a process may keep what it decoded for as long as the version stands.
alter table dora_days
    drop column counted,
    drop column failed,
    drop column rework,
    drop column lead_seconds,
    drop column delivery_seconds,
    drop column recovery_seconds,
    add column version bigint generated always as identity,
    add column facts bytea not null;
-- The values are dense already: compressing them again costs time and saves nothing.
alter table dora_days alter column facts set storage external;

-- Figures and rows of one team.
create index deploys_counted_by_team on deploys (team_id, exposed_at) where counted;
create index lead_times_by_team on lead_times (team_id, promoted_at);
-- "This figure contains 3 corrections."
create index deploys_corrected on deploys (exposed_at) where corrected;
