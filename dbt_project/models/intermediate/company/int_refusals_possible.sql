{{ config(materialized='view') }}

-- Refusals of people who are not certain: of an address that a customer only declares, or that several have. Nobody
-- is listed by such a name; whoever may have said no is written to by nobody.

with said as (

    select distinct on (i.site, n.person, i.channel, i.purpose)
        i.site,
        n.person,
        i.channel,
        i.purpose,
        i.allowed,
        cardinality(i.persons) as names
    from {{ ref('int_permissions_latest') }} as i
    cross join {{ refreshed() }} as r
    cross join unnest(i.persons) as n (person)
    where i.can_join and i.since <= r.as_of
    order by i.site asc, n.person asc, i.channel asc, i.purpose asc, i.since desc, i.allowed asc

),

resolved as (

    select * from {{ persons_resolved('said') }} as p

)

select distinct
    a.customer_id,
    s.channel,
    s.purpose
from said as s
left join resolved as p on s.person = p.person and s.site = p.site and p.candidates = 1
inner join {{ ref('int_account_identifiers') }} as i
    on split_part(s.person, ':', 1) = i.type and split_part(s.person, ':', 2) = i.value_hash
inner join {{ ref('int_anchors') }} as a on i.node_id = a.node_id
where not s.allowed and (p.person is null or s.names > 1)
