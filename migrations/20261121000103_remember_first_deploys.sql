-- Figures take the median over the services that have ever deployed. Looking for each service's first deployment takes
-- one probe per service, 50 ms for ten thousand on every visit of /dora; derive_service knows it when it writes this row.
alter table service_state add column first_counted_at timestamptz;
update service_state s
set first_counted_at = (select min(d.exposed_at) from deploys d where d.counted and d.service_id = s.service_id);
