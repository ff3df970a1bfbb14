insert into defects (deploy_id, reported_at, what, remedy) values ('00000000-0000-7000-8000-000000000009', '2026-01-05Z', 'A label is cut off.', 'fix_forward');
