-- From where a change came, and what lets a person be erased from the trail without breaking its chain: who did it and what
-- they wrote are hashed with a salt of their own each. Erasing replaces the name, destroys the salt and keeps the digest,
-- so that the row's hash stays what it was and nobody can guess the name back from it. docs/security/audit.md has the form.
alter table audit
    add column address     text,
    add column user_agent  text,
    -- 16 random bytes; null once the part is erased, and then the digest stands in for it.
    add column who_salt    bytea,
    add column who_digest  bytea,
    add column what_salt   bytea,
    add column what_digest bytea;
-- Defaults, so that the version before this one, which does not know of them, writes them too.
alter table audit alter column who_salt set default uuid_send(gen_random_uuid());
alter table audit alter column what_salt set default uuid_send(gen_random_uuid());

-- Rows from before get their salts, the only time that a row may change without a person being erased.
create or replace function refuse_audit_change() returns trigger language plpgsql as $$
begin
    return new;
end $$;
update audit set who_salt = uuid_send(gen_random_uuid()), what_salt = uuid_send(gen_random_uuid());

-- Erasing is the one change that a row allows, and it can only take away.
create or replace function refuse_audit_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE'
        and (new.id, new.at, new.actor_kind, new.actor_id, new.action, new.subject, new.request_id)
            is not distinct from (old.id, old.at, old.actor_kind, old.actor_id, old.action, old.subject, old.request_id)
        and ((new.actor_name, new.address, new.user_agent, new.who_salt, new.who_digest)
                is not distinct from (old.actor_name, old.address, old.user_agent, old.who_salt, old.who_digest)
             or (old.who_salt is not null and new.who_salt is null and length(new.who_digest) = 32
                 and new.address is null and new.user_agent is null and new.actor_name like 'erased person %'))
        and ((new.reason, new.before, new.after, new.what_salt, new.what_digest)
                is not distinct from (old.reason, old.before, old.after, old.what_salt, old.what_digest)
             or (old.what_salt is not null and new.what_salt is null and length(new.what_digest) = 32
                 and new.reason is null and new.before is null and new.after is null))
    then
        return new;
    end if;
    raise exception 'audit rows are append-only';
end $$;
