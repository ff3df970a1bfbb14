insert into github_teams (github_id, organisation, slug, name, fetched_at) values (1, 'acme', 'payments', 'Payments', '2026-01-02Z');
insert into github_team_members (team_id, person_id) values (1, '00000000-0000-7000-8000-000000000001');
insert into github_members (organisation, person_id) values ('acme', '00000000-0000-7000-8000-000000000001');
insert into github_organisations (login, fetched_at) values ('acme', '2026-01-02Z');
