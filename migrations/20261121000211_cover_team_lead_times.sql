-- As the index before it, for the changes behind a team's lead time.
drop index lead_times_by_team;
create index lead_times_by_team on lead_times (team_id, promoted_at)
    include (service_id, deploy_id, lead_seconds, delivery_seconds, coding_seconds, review_seconds, queue_seconds,
             approval_seconds, rollout_seconds, by_bot);
