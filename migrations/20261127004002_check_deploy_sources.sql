-- Reads every deploy once and holds up nobody.
alter table deploys validate constraint deploys_source_check;
