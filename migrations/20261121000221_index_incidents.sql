-- The API lists incidents newest first, page by page.
create index incidents_by_time on incidents (detected_at desc, id desc);
