-- A token may belong to a person: then it can never do more than that person. Read with every request of a token.
alter table tokens add column owner_id uuid;
alter table tokens add constraint tokens_owner foreign key (owner_id) references accounts (person_id) not valid;
