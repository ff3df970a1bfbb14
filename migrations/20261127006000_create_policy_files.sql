-- Policies in Git: the repository that they are read from, and what became of each of its files. Read by /admin/policies; written when
-- a push or a comparison finds another version. A broken file keeps in force what its last good version said.
create table policy_source (
    only_one      boolean primary key default true check (only_one),
    -- As the settings name it. The repository that had the name when it was first looked for is kept to, whatever it is called since.
    repository    text not null,
    path          text not null,
    repository_id uuid not null references repositories (id),
    -- The commit that it was compared with last, and when that was.
    head          text,
    compared_at   timestamptz,
    -- Why it could not be read since, and from when on.
    problem       text,
    problem_since timestamptz,
    check ((problem is null) = (problem_since is null)),
    check ((head is null) = (compared_at is null))
);

create table policy_files (
    path        text primary key,
    -- Git's id of the version that was looked at last, good or broken.
    seen_blob   text not null,
    seen_at     timestamptz not null,
    -- The version that is in force; nothing where none was ever good.
    good_commit text,
    good_at     timestamptz,
    -- What is wrong with the version that was looked at last.
    problems    jsonb not null default '[]',
    -- The policies that it holds, in its order: the order of files and of what stands in them is the order in which they are asked.
    policies    uuid[] not null default '{}',
    check ((good_commit is null) = (good_at is null))
);
