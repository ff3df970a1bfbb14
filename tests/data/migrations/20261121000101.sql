insert into undelivered_changes (service_id, index, change, title) values ('00000000-0000-7000-8000-000000000006', 0, 'pr:8', 'Add payouts');
