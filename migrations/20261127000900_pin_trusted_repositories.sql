-- A rule of trust names a repository, and a name can come to be another one's: renamed, deleted and made again, given away. The
-- first token that a rule takes says the number behind the name, which never changes, and no other number is taken from then
-- on. Null until then, and for issuers that say none. Read by every exchange and by /admin/service-accounts/{id}.
alter table trust_rules add column repository_github_id bigint;
