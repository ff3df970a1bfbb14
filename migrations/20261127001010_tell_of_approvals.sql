-- Open pages hear of requests for a decision, as a kind of change of their own: /approvals, Home and the pages of services.
alter table live_events drop constraint live_events_kind_check;
alter table live_events add constraint live_events_kind_check
    check (kind in ('deploy', 'service', 'health', 'catalog', 'pull_request', 'delivery', 'approval')) not valid;
