-- The edition of 2024, for those who compare with it. Its fail rates are cluster centres that are inverted (high 20 %, medium
-- 10 %), so above elite's 5 % there is no order to make bands of; high and medium share one recovery time.
insert into dora_bands (edition, metric, band, lo, hi, hi_included) values
    (2024, 'frequency', 'elite', 1, null, false),
    (2024, 'frequency', 'high', 1.0 / 7, 1, false),
    (2024, 'frequency', 'medium', 1.0 / 30, 1.0 / 7, false),
    (2024, 'frequency', 'low', 0, 1.0 / 30, false),
    (2024, 'lead_time', 'elite', 0, 86400, false),
    (2024, 'lead_time', 'high', 86400, 604800, false),
    (2024, 'lead_time', 'medium', 604800, 2592000, false),
    (2024, 'lead_time', 'low', 2592000, null, false),
    (2024, 'change_fail_rate', 'elite', 0, 0.05, true),
    (2024, 'recovery', 'elite', 0, 3600, false),
    (2024, 'recovery', 'high', 3600, 86400, false),
    (2024, 'recovery', 'low', 86400, null, false);
