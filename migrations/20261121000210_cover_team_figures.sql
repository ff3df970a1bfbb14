-- A team's figures read every deployment and change of its services over two ranges: a few thousand rows that lie on as many
-- pages of the tables, 20 ms where all of them are in memory and a second where they are not. With the columns of a figure in
-- the index itself, they lie side by side.
drop index deploys_counted_by_team;
create index deploys_counted_by_team on deploys (team_id, exposed_at)
    include (service_id, failed, failed_at, restored_at, rework, corrected, changes_unknown) where counted;
