-- The Group that a team of GitHub belongs to, found by the annotation that names it.
create index entities_by_team_slug on entities (lower(descriptor #>> '{metadata,annotations,github.com/team-slug}'))
    where kind = 'Group';
