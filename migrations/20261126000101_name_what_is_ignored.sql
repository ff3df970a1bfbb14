-- What was said of a deploy and is not followed, each with the reason: an incident that was detected before users saw the
-- deploy that it names as its cause, a trailer that names no earlier deploy. Shown on /deploys/{id}.

alter table deploys add column ignored text[];
