-- Pull requests by the words of their titles, by number, and newest first. Whole words and their beginnings, not trigrams:
-- for a million titles that is half the size and a fraction of the work of each write.
create index pull_requests_by_words on pull_requests using gin (to_tsvector('simple', search_text(title)));
create index pull_requests_by_number on pull_requests (number, opened_at desc);
create index pull_requests_by_time on pull_requests (opened_at desc, id desc);
