-- The organisation's figures count services in one number and look up only those that are gone: a handful.
create index services_removed on services (removed_at) where removed_at is not null;
