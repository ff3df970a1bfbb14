-- Search forgives typing errors: trigrams (a trusted extension of PostgreSQL itself, so the owner of the database may
-- create it). Read by /search and the palette.
create extension if not exists pg_trgm;

-- Text as search compares it: lower case, every word after one space, so that `like '% pay%'` means "a word begins so".
create function search_text(words text) returns text
    language sql immutable strict parallel safe
    return translate(' ' || lower(words), '-_.~/', '     ');
