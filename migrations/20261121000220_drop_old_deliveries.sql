-- Bodies of deliveries are kept for a time, 90 days unless another one is set. A daily job calls this function. Months that
-- are over go as whole partitions, the rest row by row. Keys stay in delivery_keys, so that a delivery that is sent again
-- after its body is gone is still a duplicate. What was never processed stays, however old it is.
create function drop_deliveries_before(cutoff timestamptz) returns bigint
language plpgsql
-- Dropping a partition locks the inbox; better to fail and try again than to let deliveries wait behind it.
set lock_timeout = '2s' as $$
declare
    part    record;
    waits   boolean;
    held    bigint;
    dropped bigint := 0;
begin
    for part in
        select c.oid::regclass::text as name,
               substring(pg_get_expr(c.relpartbound, c.oid) from 'TO \(''([^'']+)''\)')::timestamptz as ends
        from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'deliveries'::regclass
    loop
        -- The default partition has no end, so it is never dropped.
        if part.ends <= cutoff then
            execute format('select count(*), coalesce(bool_or(status = ''received''), false) from %s', part.name)
                into held, waits;
            if not waits then
                execute format('drop table %s', part.name);
                dropped := dropped + held;
            end if;
        end if;
    end loop;
    delete from deliveries where received_at < cutoff and status <> 'received';
    get diagnostics held = row_count;
    return dropped + held;
end $$;
