-- Rollups keep the changes of bots apart, so that lead time can leave them out. Rows of the form before cannot be read any
-- more; the job makes them again from the facts, and until then figures come from the facts themselves.
delete from dora_days;
