-- Which services deployed a commit: a push or release that comes after the deploy of its commit derives them again, and a
-- push to a repository of many services derives no others than those and the ones whose paths it touches.
create index deploys_by_commit on deploys (sha) where sha is not null;
