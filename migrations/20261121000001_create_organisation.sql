-- One installation is one organisation. Every page reads its name and time zone; buckets of figures use the time zone.
create table organisation (
    only_row   boolean primary key default true check (only_row),
    name       text not null default 'My organisation',
    time_zone  text not null default 'UTC',
    -- The demo organisation lives in a database of its own and says so on every page.
    is_demo    boolean not null default false
);
insert into organisation default values;

-- Monthly partitions of the tables that grow without end. Called at start-up and by a daily job, so that a partition
-- always exists before its month begins; each table also has a default partition, so that an insert never fails.
create function ensure_month_partitions(parent regclass, first_month date, months int) returns void
language plpgsql as $$
declare
    month date;
    part  text;
begin
    for i in 0 .. months - 1 loop
        month := (date_trunc('month', first_month) + make_interval(months => i))::date;
        part := format('%s_%s', parent::text, to_char(month, 'YYYY_MM'));
        if to_regclass(part) is null then
            execute format('create table if not exists %I partition of %s for values from (%L) to (%L)',
                           part, parent::text, month, (month + interval '1 month')::date);
        end if;
    end loop;
end $$;
