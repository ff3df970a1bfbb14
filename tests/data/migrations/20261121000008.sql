insert into audit (id, at, actor_kind, actor_name, action, subject) values ('00000000-0000-7000-8000-000000000014', '2026-11-21Z', 'local', 'local operator', 'deploy.correct', 'deploy:1');
