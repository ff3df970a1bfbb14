-- A release's version may be the tag of a GitHub release of its commit, and a hotfix that names nothing may be for the
-- deploy before it. Both are derived: lists show the tag where the sender named no version, the page of a deploy offers to
-- accept the suggestion.
alter table deploys
    add column release_tag text,
    add column may_fix     uuid;
