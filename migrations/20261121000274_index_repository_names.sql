-- "payments-api#12" names a repository without its owner.
create index repositories_by_bare_name on repositories (lower(name));
