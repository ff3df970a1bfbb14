insert into drive_showings (deploy_id, deployment_id, check_run_id, deployment_key, check_key) values ('00000000-0000-7000-8000-000000000009', 145, 7, '00000000-0000-7000-8000-000000000009:verify:0.1', '00000000-0000-7000-8000-000000000009:verify:0.1');
insert into drive_runs (run_id, deploy_id) values (4711, '00000000-0000-7000-8000-000000000009');
