insert into people (id, display_name, login, is_bot, created_at) values ('00000000-0000-7000-8000-000000000001', 'Lena', 'lena', false, '2026-01-01Z');
insert into identities (provider, subject, person_id, created_at) values ('github', '1001', '00000000-0000-7000-8000-000000000001', '2026-01-01Z');
insert into teams (id, slug, title, created_at) values ('00000000-0000-7000-8000-000000000002', 'payments', 'Payments', '2026-01-01Z');
