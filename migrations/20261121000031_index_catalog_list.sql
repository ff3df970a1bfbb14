-- The catalog list: its default order (title), and its order by last deploy.
create index services_by_title on services (lower(title), id) where removed_at is null;
create index service_state_by_last_deploy_key
    on service_state ((coalesce(last_deploy_at, '-infinity'::timestamptz)), service_id);
