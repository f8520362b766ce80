{{ config(materialized='view') }}

-- What each customer allows now, on which channel and for what: what was said last, and of what was said at one
-- moment, no.

with said as (

    select
        i.*,
        i.persons[1] as person,
        r.as_of
    from {{ ref('int_permissions_latest') }} as i
    cross join {{ refreshed() }} as r
    where i.can_join and cardinality(i.persons) = 1 and i.since <= r.as_of

),

resolved as (

    select * from {{ persons_resolved('said') }} as p

)

select distinct on (p.anchor_id, s.channel, s.purpose)
    p.anchor_id,
    p.customer_id,
    s.channel,
    s.purpose,
    s.allowed,
    s.since,
    s.source,
    s.as_of
from said as s
inner join resolved as p on s.person = p.person and s.site = p.site and p.candidates = 1
order by p.anchor_id asc, s.channel asc, s.purpose asc, s.since desc, s.allowed asc
