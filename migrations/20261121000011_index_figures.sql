-- Figures of an organisation with a million deploys in 100 ms: a narrow number for each service, and the indexes that a
-- team's figures and the drill-down tables read by. Needed by /dora.

-- A small number per service, so that a day holds "who deployed how often" in six bytes per service.
alter table services add column number int generated always as identity;

-- Figures and rows of one team.
create index deploys_counted_by_team on deploys (team_id, exposed_at) where counted;
create index lead_times_by_team on lead_times (team_id, promoted_at);
-- "This figure contains 3 corrections."
create index deploys_corrected on deploys (exposed_at) where corrected;
