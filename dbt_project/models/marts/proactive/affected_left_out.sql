{{ config(materialized='view') }}

-- How many of those affected by what still counts are not listed, and why: nobody is named. Whom the company's list
-- names and nobody is for certain (a number of no customer, an address of several) is counted as `not found`.

with judged as (

    select * from {{ ref('affected_judged') }}

),

persons as (

    select
        n.service_event_id,
        n.site,
        p.person,
        n.can_join
    from {{ ref('int_notices_latest') }} as n
    cross join unnest(n.persons) as p (person)

),

resolved as (

    select * from {{ persons_resolved('persons') }} as p

),

counted as (

    select
        cause_id,
        cause,
        about,
        left_out,
        count(*) as customers
    from judged
    where left_out is not null
    group by cause_id, cause, about, left_out
    union all
    select
        e.service_event_id as cause_id,
        'service event' as cause,
        coalesce(e.title, e.what) as about,
        case when p.can_join then 'not found' else 'policy' end as left_out,
        count(distinct p.person) as customers
    from {{ ref('fct_service_events') }} as e
    inner join persons as p on e.service_event_id = p.service_event_id
    left join resolved as r on p.person = r.person and p.site = r.site
    where not p.can_join or coalesce(r.candidates, 0) <> 1
    group by e.service_event_id, coalesce(e.title, e.what), p.can_join

)

select
    cause_id,
    cause,
    about,
    left_out,
    customers::integer as customers
from counted
