-- Reads every deploy once and holds up nobody.
alter table deploys validate constraint deploys_stated_kind_check;
