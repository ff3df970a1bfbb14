-- Apart from adding it, so that nobody waits while the rows are looked at.
alter table tokens validate constraint tokens_service_account;
