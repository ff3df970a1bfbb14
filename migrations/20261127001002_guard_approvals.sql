-- Four eyes, held by the database too: whoever writes past the commands cannot approve what they asked for or wrote, decide twice,
-- late or as a program, nor say that something was approved which was not.

-- The row that is left of somebody who turned out to be one person with others.
create function person_root(person uuid) returns uuid
language sql stable parallel safe
as $$
    with recursive up (id, merged_into) as (
        select id, merged_into from people where id = person
      union
        select p.id, p.merged_into from people p join up on p.id = up.merged_into
    )
    select coalesce((select id from up where merged_into is null), person)
$$;

-- Whether a person, by the row that is left of them, must not decide about a request. Somebody unmapped is everybody; somebody
-- whom only GitHub knows is everybody of whom it is not known who they are there.
create function approval_excludes(request uuid, person uuid) returns boolean
language sql stable parallel safe
as $$
    select exists (
        select from approval_parties p
        where p.request_id = request
          and (p.who = 'unmapped'
               or p.who = 'person'
                  and (person_root(p.person_id) = person
                       or not exists (select from accounts a where a.person_id = person_root(p.person_id))
                          and not exists (select from identities i where i.person_id = person and i.provider = 'github')))
    )
$$;

create function guard_approval_decision() returns trigger language plpgsql as $$
declare
    request approval_requests%rowtype;
    who     uuid := person_root(new.person_id);
begin
    -- Whoever decides at the same moment waits here, and then sees what the one before decided.
    select * into request from approval_requests where id = new.request_id for update;
    if request.state <> 'pending' or new.decided_at >= request.deadline then
        raise exception 'the request is over' using errcode = 'check_violation', constraint = 'approval_decisions_are_in_time';
    end if;
    if new.binding <> request.binding then
        raise exception 'the decision is about something else'
            using errcode = 'check_violation', constraint = 'approval_decisions_are_about_what_was_asked';
    end if;
    if not exists (select from accounts a
                   where a.person_id = who and a.accepted_at is not null and a.disabled_at is null) then
        raise exception 'only people who can sign in decide'
            using errcode = 'check_violation', constraint = 'approval_decisions_are_of_people';
    end if;
    if approval_excludes(new.request_id, who) then
        raise exception 'whoever asked for a release or wrote it does not decide about it'
            using errcode = 'check_violation', constraint = 'approval_decisions_have_four_eyes';
    end if;
    if exists (select from approval_decisions d
               where d.request_id = new.request_id and person_root(d.person_id) = who) then
        raise exception 'one person decides once'
            using errcode = 'unique_violation', constraint = 'approval_decisions_are_one_of_each';
    end if;
    return new;
end $$;
create trigger approval_decisions_are_guarded before insert on approval_decisions
    for each row execute function guard_approval_decision();

create function refuse_approval_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'check_violation', constraint = 'approvals_are_append_only';
end $$;
create trigger approval_decisions_are_append_only before update or delete on approval_decisions
    for each row execute function refuse_approval_change();
create trigger approval_parties_are_append_only before update or delete on approval_parties
    for each row execute function refuse_approval_change();

-- Nobody empties what was decided: triggers of rows do not see that.
create trigger approval_requests_are_not_emptied before truncate on approval_requests
    for each statement execute function refuse_approval_change();
create trigger approval_parties_are_not_emptied before truncate on approval_parties
    for each statement execute function refuse_approval_change();
create trigger approval_decisions_are_not_emptied before truncate on approval_decisions
    for each statement execute function refuse_approval_change();
create trigger approval_gates_are_not_emptied before truncate on approval_gates
    for each statement execute function refuse_approval_change();
create trigger approval_reviews_are_not_emptied before truncate on approval_reviews
    for each statement execute function refuse_approval_change();

create function guard_approval_request() returns trigger language plpgsql as $$
declare
    approvals int;
    ends      text[] := array['state', 'ended_at', 'ended_why'];
begin
    if tg_op = 'INSERT' then
        if new.state <> 'pending' then
            raise exception 'a request begins pending' using errcode = 'check_violation', constraint = 'approval_requests_begin_pending';
        end if;
        -- Only conditions ask for fewer people than the policy does.
        if new.needed < coalesce((new.policy #>> '{spec,minApprovals}')::int, 0)
           and coalesce(jsonb_array_length(new.policy #> '{spec,automatic}'), 0) = 0 then
            raise exception 'the policy asks for more' using errcode = 'check_violation', constraint = 'approval_requests_ask_as_policies_do';
        end if;
        return new;
    end if;
    if tg_op = 'DELETE' or to_jsonb(new) - ends <> to_jsonb(old) - ends then
        raise exception 'what was asked does not change' using errcode = 'check_violation', constraint = 'approval_requests_stay';
    end if;
    if not (old.state = 'pending' or old.state in ('approved', 'bypassed') and new.state in (old.state, 'void')) then
        raise exception 'the request is over' using errcode = 'check_violation', constraint = 'approval_requests_end_once';
    end if;
    if old.state = 'pending' and new.state = 'approved' then
        select count(distinct person_root(d.person_id)) into approvals from approval_decisions d
        where d.request_id = new.id and d.verdict = 'approve' and not approval_excludes(new.id, person_root(d.person_id));
        if approvals < new.needed
           or exists (select from approval_decisions d where d.request_id = new.id and d.verdict = 'reject') then
            raise exception 'approvals are missing' using errcode = 'check_violation', constraint = 'approval_requests_are_approved_by_people';
        end if;
    end if;
    if new.state = 'rejected'
       and not exists (select from approval_decisions d where d.request_id = new.id and d.verdict = 'reject') then
        raise exception 'nobody rejected it' using errcode = 'check_violation', constraint = 'approval_requests_are_rejected_by_people';
    end if;
    if new.state = 'bypassed' and not exists (select from approval_reviews r where r.request_id = new.id) then
        raise exception 'nobody answers for it' using errcode = 'check_violation', constraint = 'approval_requests_are_bypassed_by_people';
    end if;
    return new;
end $$;
create trigger approval_requests_are_guarded before insert or update or delete on approval_requests
    for each row execute function guard_approval_request();

create function guard_approval_gate() returns trigger language plpgsql as $$
declare
    request approval_requests%rowtype;
begin
    if tg_op = 'DELETE' then
        raise exception 'what waited stays' using errcode = 'check_violation', constraint = 'approval_gates_stay';
    end if;
    -- Whoever voids the request at the same moment comes before or after this, and never between.
    select * into request from approval_requests where id = new.request_id for update;
    if tg_op = 'UPDATE' and (old.released_at is not null or new.request_id <> old.request_id or new.key <> old.key) then
        raise exception 'a gate is released once' using errcode = 'check_violation', constraint = 'approval_gates_are_released_once';
    end if;
    if new.released_at is not null
       and (request.state not in ('approved', 'bypassed') or new.released_binding <> request.binding) then
        raise exception 'this was not approved' using errcode = 'check_violation', constraint = 'approval_gates_are_released_by_approval';
    end if;
    return new;
end $$;
create trigger approval_gates_are_guarded before insert or update or delete on approval_gates
    for each row execute function guard_approval_gate();

create function guard_approval_review() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' and new.reviewed_at is null then
        return new;
    end if;
    if tg_op = 'UPDATE' and old.reviewed_at is null and new.reviewed_at is not null
       and (new.request_id, new.broken_by, new.reason, new.broken_at, new.due_at)
           = (old.request_id, old.broken_by, old.reason, old.broken_at, old.due_at) then
        if person_root(new.reviewed_by) <> person_root(new.broken_by) then
            return new;
        end if;
        raise exception 'another person reviews this' using errcode = 'check_violation', constraint = 'approval_reviews_have_four_eyes';
    end if;
    raise exception 'a review is made once' using errcode = 'check_violation', constraint = 'approval_reviews_are_made_once';
end $$;
create trigger approval_reviews_are_guarded before insert or update or delete on approval_reviews
    for each row execute function guard_approval_review();
