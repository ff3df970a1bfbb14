-- Apart from adding it, so that nobody waits while the rows are looked at.
alter table live_events validate constraint live_events_kind_check;
