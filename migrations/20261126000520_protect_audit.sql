-- What triggers on rows do not see: truncate, and partitions that are written past their table. Called here, at each start and
-- by the daily job that makes partitions, because a restored backup has the owner's privileges back and a new partition has no
-- trigger of its own.
create function refuse_audit_truncate() returns trigger language plpgsql as $$
begin
    raise exception 'the audit trail is append-only';
end $$;

create function protect_audit() returns void language plpgsql as $$
declare
    t record;
begin
    -- Two processes that start together would meet in the catalogue.
    perform pg_advisory_xact_lock(hashtextextended('protect_audit', 0));
    for t in
        with trail as (
            select unnest(array['audit', 'audit_seals', 'audit_checkpoints', 'audit_head']::regclass[]) as oid
        )
        select c.oid, c.oid::regclass::text as name, pg_get_userbyid(c.relowner) as owner,
               exists (
                   select from aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
                   where a.grantee in (0, c.relowner)
                     and (a.privilege_type in ('DELETE', 'TRUNCATE')
                          or a.privilege_type = 'UPDATE' and c.oid <> 'audit_head'::regclass)
               ) as writable
        from pg_class c
        where c.oid in (select oid from trail)
           or c.oid in (select inhrelid from pg_inherits where inhparent in (select oid from trail))
    loop
        if not exists (select from pg_trigger where tgrelid = t.oid and tgname = 'audit_is_never_truncated') then
            execute format('create trigger audit_is_never_truncated before truncate on %s
                            for each statement execute function refuse_audit_truncate()', t.name);
        end if;
        if t.writable then
            execute format('revoke update, delete, truncate on %s from public, %I', t.name, t.owner);
            if t.name = 'audit' then
                -- What erasing a person replaces; refuse_audit_change says how.
                execute format('grant update (actor_name, address, user_agent, who_salt, who_digest,
                                              reason, before, after, what_salt, what_digest) on audit to %I', t.owner);
            elsif t.name = 'audit_head' then
                execute format('grant update (number, hash, sealed_at) on audit_head to %I', t.owner);
            end if;
        end if;
    end loop;
end $$;
select protect_audit();
