-- Answers of GitHub by caller and address: it is asked whether they changed, and "no" costs nothing of the budget. What one
-- installation may see is no other's business, so the caller is part of the key. Every replica uses the same answers.
create table github_answers (
    -- `token`, `anonymous`, `app`, or `installation:` and its number.
    caller  text not null,
    url     text not null,
    etag    text not null,
    body    bytea not null,
    -- The header that says whether there is another page.
    link    text,
    -- When it was kept, or last used as far as a day; what is oldest goes when there are too many.
    used_at timestamptz not null,
    primary key (caller, url)
);
create index github_answers_by_use on github_answers (used_at);
