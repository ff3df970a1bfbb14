insert into outside_systems (system, breaker, last_answer_at, noted_at) values ('github', 'closed', '2026-01-02Z', '2026-01-02Z');
insert into github_budgets (caller, request_limit, remaining, reset_at, noted_at) values ('installation:1', 5000, 4000, '2026-01-02Z', '2026-01-02Z');
insert into github_installations (id, account, is_organisation, all_repositories, html_url, checked_at) values (1, 'acme', true, true, '', '2026-01-02Z');
insert into github_checks (permission, outcome, checked_at) values ('contents', 'granted', '2026-01-02Z');
