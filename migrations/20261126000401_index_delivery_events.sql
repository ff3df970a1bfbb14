-- /admin/deliveries counts deliveries by state, within one event too, and lists the events that ever came. Both from this
-- index, a few bytes a delivery, instead of from every row of the inbox.
-- PostgreSQL builds no index of a partitioned table concurrently; webhooks wait for a second or two, senders for ten.
-- squawk-ignore require-concurrent-index-creation
create index deliveries_by_event on deliveries (event, status);
