-- A token may be limited to environments, by name and by class; null limits it to none. It may belong to a program, and a
-- workflow may have got it by a rule of trust. Read with every request of a token.
alter table tokens add column environments text[];
alter table tokens add column classes text[];
alter table tokens add column service_account_id uuid;
-- Without a reference: tokens that a rule gave are kept for a day longer than they work, rules until somebody removes them.
alter table tokens add column trust_rule_id uuid;
alter table tokens add constraint tokens_service_account foreign key (service_account_id) references service_accounts (id) not valid;
