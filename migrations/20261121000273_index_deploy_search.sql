-- Deploys by the beginning of a sha or of a version. Plain b-trees: a trigram index over a million deploys would be
-- written to with every event, and nobody looks for the middle of a sha.
create index deploys_by_sha on deploys (sha text_pattern_ops);
create index deploys_by_version on deploys (version text_pattern_ops);
