insert into catalog_sources (id, kind, location, checked_at) values ('00000000-0000-7000-8000-000000000005', 'file', 'catalog-info.yaml', '2026-01-02Z');
insert into entities (id, kind, name, descriptor, source_id, created_at, updated_at) values ('00000000-0000-7000-8000-000000000006', 'Component', 'payments-api', '{}', '00000000-0000-7000-8000-000000000005', '2026-01-02Z', '2026-01-02Z');
insert into relations (source_id, kind, target_ref) values ('00000000-0000-7000-8000-000000000006', 'ownedBy', 'group:default/payments');
insert into services (id, slug, title, team_id, repository_id, created_at) values ('00000000-0000-7000-8000-000000000006', 'payments-api', 'payments-api', '00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000003', '2026-01-02Z');
insert into service_owners (service_id, team_id, since) values ('00000000-0000-7000-8000-000000000006', '00000000-0000-7000-8000-000000000002', '-infinity');
insert into service_state (service_id, derived_at) values ('00000000-0000-7000-8000-000000000006', '2026-01-02Z');
