-- The CODEOWNERS file of a repository as of its default branch: who owns what is read from its text. Written by pushes and
-- by the nightly reconcile; read by the service page, and for services whose own file names no owner.
create table codeowners (
    repository_id uuid primary key references repositories (id),
    path          text not null,
    -- Git's id of the content.
    blob          text not null,
    commit_sha    text not null,
    text          text not null,
    fetched_at    timestamptz not null
);
