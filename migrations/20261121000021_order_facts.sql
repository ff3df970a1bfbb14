-- What makes facts come out the same in any order of events.

-- Time of the newest event that named the person: an older one never brings an old login back.
alter table people add column facts_as_of timestamptz;

-- A name is its newest claimant's, the current names included; the page of an old name finds the repository.
comment on table repository_names is 'every name seen, with the repository that claimed it last';

-- The two times that `ready_at` is made of: the last `ready_for_review`, and when it was last seen as a draft.
alter table pull_requests
    add column ready_event_at timestamptz,
    add column draft_seen_at  timestamptz;

-- Deleted on GitHub. The row stays, so that an older event does not bring the release back.
alter table github_releases add column deleted_at timestamptz;
