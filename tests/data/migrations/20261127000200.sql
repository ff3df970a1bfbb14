insert into identities (provider, subject, person_id, created_at, label, signed_in_at) values ('oidc', 'https://id.example lena', '00000000-0000-7000-8000-000000000001', '2026-01-03Z', 'lena', '2026-01-03Z');
insert into identity_groups (provider, subject, group_name) values ('oidc', 'https://id.example lena', 'platform');
insert into sign_in_rules (id, provider, group_name, role, made_at, made_by) values ('00000000-0000-7000-8000-000000000017', 'oidc', 'platform', 'operator', '2026-01-03Z', 'command line');
