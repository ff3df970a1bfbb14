-- Two rows that turn out to be one person: the one that is left keeps its row, because the audit trail names it, and says whose
-- it is now. Erasing somebody follows it.
alter table people add column merged_into uuid;
alter table people add constraint people_merged_into foreign key (merged_into) references people (id) not valid;
