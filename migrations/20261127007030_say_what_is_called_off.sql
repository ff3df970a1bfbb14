-- Whether the order of a phase was called off before users saw it: read before an order is sent, and before a run that carries one out
-- is let through a protection rule. A rollback that has begun is not called off; the way back of a drill is.
create function is_called_off(phase_key text) returns boolean
language sql stable parallel safe
as $$
    select exists (
        select from drive_phases p
        join drives d on d.deploy_id = p.deploy_id
        join drive_inputs i on i.deploy_id = d.deploy_id and i.subject = 'asked'
        where p.key = phase_key and p.state = 'deploy' and not d.exposed
          and (d.undoes is null or exists (select from drills x where x.back_deploy_id = d.deploy_id))
    )
$$;
