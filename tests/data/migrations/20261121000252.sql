insert into delivery_log_looks (looked_at) values ('2026-01-03Z');
