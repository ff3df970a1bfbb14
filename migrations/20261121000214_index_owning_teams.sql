-- The choice of teams on /dora asks of each team whether it owns or owned a service: one probe instead of all owners ever.
create index service_owners_by_team on service_owners (team_id);
