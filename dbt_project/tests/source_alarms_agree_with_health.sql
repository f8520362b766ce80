-- Every source is there, whatever the moment, and is silent where the alarm says so; at the end of days all may be.

with rings as (

    select * from {{ ref('source_alarms') }}('9999-01-01')

)

select
    h.source,
    r.alarms
from {{ ref('source_health') }} as h
left join rings as r on h.source = r.source
where
    r.source is null
    or (h.silent_after is not null) <> ('silent' = any(r.alarms))
    or r.silent_since is distinct from case when 'silent' = any(r.alarms) then h.last_new_at end
