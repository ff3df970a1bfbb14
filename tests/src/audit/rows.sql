-- Rows of every shape, a second apart: how many stands second, the number of the first stands first.
insert into audit (id, at, actor_kind, actor_id, actor_name, action, subject, reason, before, after, request_id,
                   address, user_agent)
select gen_random_uuid(), now() - make_interval(hours => 2) + make_interval(secs => n),
    case when n % 3 = 0 then 'token' else 'person' end,
    case when n % 5 = 0 then null else gen_random_uuid() end, 'ada ' || n, 'deploy.correct', 'deploy:' || n,
    case when n % 2 = 0 then 'reason "' || n || E'\n' end,
    case when n % 4 = 0 then jsonb_build_object('planned', false, 'weight', 1.50 * n) end,
    case when n % 7 > 0 then jsonb_build_object('z', n, 'list', array[n, n + 1], 'text', 'é' || n) end,
    'request-' || n, '192.0.2.' || n % 250, case when n % 6 > 0 then 'curl/8' end
from generate_series($1::bigint, $1 + $2 - 1) n
