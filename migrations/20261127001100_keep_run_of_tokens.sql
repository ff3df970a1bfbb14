-- What a workflow's own token said of its run, kept with the token that it was exchanged for: which run, of which commit, started by
-- whom. Read when a step of a workflow or a pipeline asks for a decision, so that it cannot say it is another run's.
alter table tokens add column claims jsonb;
