-- Home lists and counts the organisation's open pull requests. They are a few hundred among a million, so the index holds
-- only them, in the order of the list.
create index pull_requests_open on pull_requests (opened_at desc, id desc) where state = 'open';
