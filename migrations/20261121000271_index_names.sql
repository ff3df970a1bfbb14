-- The names that search finds services, teams, people and other entities by: ` payments api | payments api`, what stands
-- in the address before the bar. Stored, because computing it for ten thousand rows takes longer than the whole search may.
alter table services add column search_names text not null
    generated always as (search_text(slug) || ' |' || search_text(title)) stored;
alter table teams add column search_names text not null
    generated always as (search_text(slug) || ' |' || search_text(title)) stored;
alter table people add column search_names text not null
    generated always as (search_text(coalesce(login, '')) || ' |' || search_text(display_name)) stored;
alter table entities add column search_names text not null
    generated always as (search_text(name) || ' |' || search_text(coalesce(title, name))) stored;

-- One trigram index each serves both "contains these letters" and "which names are nearest to this"; it is small (0.8 MB
-- for ten thousand services) and changes with a name only. Teams are few enough to be read whole.
create index services_by_trigram on services using gist (search_names gist_trgm_ops) where removed_at is null;
create index people_by_trigram on people using gist (search_names gist_trgm_ops);
create index entities_by_trigram on entities using gist (search_names gist_trgm_ops)
    where removed_at is null and kind in ('API', 'Resource', 'System', 'Domain', 'Template', 'User');
-- Names that begin so, in order: one or two letters fit more rows than are worth ranking, and these are read first.
create index services_by_search_names on services (search_names text_pattern_ops) where removed_at is null;
create index people_by_search_names on people (search_names text_pattern_ops);
create index entities_by_search_names on entities (search_names text_pattern_ops)
    where removed_at is null and kind in ('API', 'Resource', 'System', 'Domain', 'Template', 'User');
