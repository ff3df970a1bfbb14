insert into github_answers (caller, url, etag, body, used_at) values ('installation:1', 'https://api.github.com/orgs/acme/teams', 'W/"1"', '[]', '2026-01-02Z');
