-- What is known of source repositories. GitHub's numeric id is the identity; names change (rename, transfer).
create table repositories (
    id             uuid primary key,
    github_id      bigint unique,
    owner          text not null,
    name           text not null,
    default_branch text not null default 'main',
    private        boolean not null default false,
    archived_at    timestamptz,
    deleted_at     timestamptz,
    -- Time of the newest event that set the columns above: an older one never overwrites them.
    facts_as_of    timestamptz not null,
    created_at     timestamptz not null
);
create unique index repositories_by_name on repositories (lower(owner), lower(name)) where deleted_at is null;

-- Former names, so that old links, payloads and catalog annotations still find the repository.
create table repository_names (
    full_name     text primary key check (full_name = lower(full_name)),
    repository_id uuid not null references repositories (id),
    since         timestamptz not null
);

-- Commits as facts. `landed_*` is the place on the default branch: the push that brought it there and the index in it.
create table commits (
    repository_id    uuid not null references repositories (id),
    sha              text not null,
    message          text not null,
    authored_at      timestamptz,
    committed_at     timestamptz,
    author_person_id uuid references people (id),
    author_name      text,
    author_email     text,
    -- Paths that it touches; null is unknown.
    paths            text[],
    landed_at        timestamptz,
    landed_index     int,
    landed_push      text,
    primary key (repository_id, sha)
);
-- Changes between two deploys: a range over the default branch.
create index commits_by_landing on commits (repository_id, landed_at, landed_index) where landed_at is not null;

-- Pushes to the default branch as facts; the chain before → after says whether the range between two deploys is whole.
create table pushes (
    repository_id uuid not null references repositories (id),
    before_sha    text not null,
    after_sha     text not null,
    git_ref       text not null,
    pushed_at     timestamptz not null,
    forced        boolean not null default false,
    commit_count  int not null,
    primary key (repository_id, git_ref, after_sha, before_sha)
);

-- The answer of the compare API for two shas: authoritative where pushes are missing.
create table compared_ranges (
    repository_id uuid not null references repositories (id),
    base_sha      text not null,
    head_sha      text not null,
    -- Commits of head that base does not have, oldest first.
    shas          text[] not null,
    status        text not null check (status in ('ahead', 'behind', 'diverged', 'identical')),
    fetched_at    timestamptz not null,
    primary key (repository_id, base_sha, head_sha)
);

create table pull_requests (
    id                 uuid primary key,
    repository_id      uuid not null references repositories (id),
    number             bigint not null,
    title              text not null,
    body               text not null default '',
    state              text not null check (state in ('open', 'closed', 'merged')),
    draft              boolean not null default false,
    author_person_id   uuid references people (id),
    head_ref           text not null,
    head_sha           text not null,
    base_ref           text not null,
    merge_commit_sha   text,
    labels             text[] not null default '{}',
    from_fork          boolean not null default false,
    opened_at          timestamptz not null,
    -- When it last became ready for review; null while it is, or is only known as, a draft.
    ready_at           timestamptz,
    merged_at          timestamptz,
    closed_at          timestamptz,
    -- Author time of its first own commit; null until its commits are known.
    first_commit_at    timestamptz,
    commits_known      boolean not null default false,
    -- Time of the newest event that set the columns above: an older one never overwrites them.
    facts_as_of        timestamptz not null,
    unique (repository_id, number)
);
-- Which pull request put a commit on the default branch.
create index pull_requests_by_merge on pull_requests (repository_id, merge_commit_sha) where merged_at is not null;

-- The pull request's own commits (from the API), which a squash merge hides from the default branch.
create table pull_request_commits (
    pull_request_id uuid not null references pull_requests (id),
    sha             text not null,
    index           int not null,
    authored_at     timestamptz,
    message         text not null,
    author_person_id uuid references people (id),
    author_name     text,
    author_email    text,
    primary key (pull_request_id, sha)
);

create table github_releases (
    github_id     bigint primary key,
    repository_id uuid not null references repositories (id),
    tag           text not null,
    name          text,
    -- Sha or branch that the tag was made from, as sent.
    target        text not null,
    draft         boolean not null,
    prerelease    boolean not null,
    published_at  timestamptz,
    url           text,
    facts_as_of   timestamptz not null
);
create index github_releases_by_target on github_releases (repository_id, target);

create table workflow_runs (
    run_id        bigint not null,
    attempt       int not null,
    repository_id uuid not null references repositories (id),
    name          text,
    path          text,
    head_sha      text not null,
    head_branch   text,
    event         text,
    status        text not null,
    conclusion    text,
    url           text,
    started_at    timestamptz,
    facts_as_of   timestamptz not null,
    primary key (run_id, attempt)
);
-- The checks mark of the channel strip.
create index workflow_runs_by_sha on workflow_runs (repository_id, head_sha);
