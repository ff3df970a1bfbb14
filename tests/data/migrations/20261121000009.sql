insert into tokens (id, name, sha256, scopes, created_at, expires_at) values ('00000000-0000-7000-8000-000000000015', 'CI', '\x01', '{read}', '2026-01-02Z', '2027-01-02Z');
insert into idempotency_keys (token_id, key, request_sha256, answer, created_at) values ('00000000-0000-7000-8000-000000000015', 'k', '\x02', '{}', '2026-01-02Z');
