insert into delivery_keys (source, delivery_id, body_sha256, id, received_at) values ('github', 'x-1', '\x00', '00000000-0000-7000-8000-000000000012', '2026-11-21Z');
insert into deliveries (id, received_at, source, delivery_id, event, body) values ('00000000-0000-7000-8000-000000000012', '2026-11-21Z', 'github', 'x-1', 'ping', '\x7b7d');
insert into security_events (id, at, kind, source) values ('00000000-0000-7000-8000-000000000013', '2026-11-21Z', 'bad_signature', 'github');
