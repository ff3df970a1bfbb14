-- A deploy that is a leg of a drill says so. Checked for the rows there are by the next migration, outside of this lock.
alter table deploys drop constraint deploys_stated_kind_check;
alter table deploys add constraint deploys_stated_kind_check
    check (stated_kind in ('normal', 'hotfix', 'rollback', 'config', 'retry', 'drill')) not valid;
