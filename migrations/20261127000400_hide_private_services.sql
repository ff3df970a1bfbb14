-- Private services are seen by the team that owns them and by admins. Every list, page, stream and count that tells of services
-- leaves out what hidden_services gives for whoever reads.
alter table services add column private_in_file boolean not null default false;
alter table services add column private_by_hand boolean not null default false;
-- Either of them: each alone hides the service. Written with them.
alter table services add column private boolean not null default false;

-- What files say already, of which the version before knew nothing.
update services s set private_in_file = true, private = true
from entities e
where e.id = s.id and lower(btrim(e.descriptor #>> '{metadata,annotations,fairway.dev/visibility}')) = 'private';

-- Read by hidden_services with every page. Built without "concurrently", which needs a migration outside of a transaction that
-- may leave half an index behind; it is empty or small.
-- squawk-ignore require-concurrent-index-creation
create index services_private on services (id) include (team_id) where private;

-- The one predicate of who sees what. A private service that no team owns is seen by those who see everything. Those that
-- were removed stay hidden.
create function hidden_services(everything boolean, teams uuid[]) returns setof uuid
language sql stable parallel safe
as $$
    select id from services where private and not everything and (team_id is null or team_id <> all (teams))
$$;

-- Repositories in which a hidden service lives: their names, pull requests and raw deliveries tell of it.
create function hidden_repositories(everything boolean, teams uuid[]) returns setof uuid
language sql stable parallel safe
as $$
    select repository_id from services
    where repository_id is not null and id in (select hidden.id from hidden_services(everything, teams) as hidden (id))
$$;

-- The names of these, former ones too, in lower case, which is all that a delivery knows of its repository.
create function hidden_repository_names(everything boolean, teams uuid[]) returns setof text
language sql stable parallel safe
as $$
    select lower(r.owner || '/' || r.name) from repositories r
    where r.id in (select hidden.id from hidden_repositories(everything, teams) as hidden (id))
  union
    select n.full_name from repository_names n
    where n.repository_id in (select hidden.id from hidden_repositories(everything, teams) as hidden (id))
$$;
