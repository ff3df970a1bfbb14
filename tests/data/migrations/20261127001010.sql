insert into live_events (at, kind) values ('2026-01-05Z', 'approval');
