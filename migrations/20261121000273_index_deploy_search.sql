-- Deploys by the beginning of a version; those of a sha have deploys_by_commit. A plain b-tree: a trigram index over a
-- million deploys would be written to with every event, and nobody looks for the middle of a version.
create index deploys_by_version on deploys (version text_pattern_ops);
