alter table ops.refreshes drop constraint refreshes_status_check;
alter table ops.refreshes add constraint refreshes_status_check
check (status in ('running', 'done', 'failed', 'interrupted', 'abandoned'));

drop index ops.refreshes_status_idx;
create index on ops.refreshes (status) where status in ('running', 'failed', 'interrupted');

-- A load asks for more ranges than the server's queue takes, and each that it drops is a line in its log: refresh,
-- which reads by these indexes, summarizes them itself.
do $$
declare
    found regclass;
begin
    for found in
        select c.oid::regclass from pg_class as c
        inner join pg_am as a on c.relam = a.oid
        where a.amname = 'brin' and c.relnamespace = 'raw'::regnamespace
            and 'autosummarize=on' = any(c.reloptions)
    loop
        execute format('alter index %s reset (autosummarize)', found);
    end loop;
end
$$;
