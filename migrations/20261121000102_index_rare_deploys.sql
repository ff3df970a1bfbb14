-- The timeline's filters on what is rare: without these, a page of rollbacks walks over every good deploy. Each index holds
-- only the rare rows, so the many ordinary ones cost nothing more to write.
create index deploys_by_rare_kind on deploys (kind, requested_at desc, id desc) where kind <> 'normal';
create index deploys_by_rare_state on deploys (state, requested_at desc, id desc) where state <> 'succeeded';
create index deploys_failed on deploys (requested_at desc, id desc) where failed;
create index deploys_rolled_back on deploys (requested_at desc, id desc)
    where state = 'rolled_back' or rolled_back_by is not null;
