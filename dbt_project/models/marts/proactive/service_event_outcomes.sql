{{ config(materialized='view') }}

-- What became of a service event: who was contacted about it before they complained, and who complained, contacted
-- or not. Observed, never compared by lot: whom the company writes to is not whom it does not write to.

with affected as materialized (

    select distinct
        a.cause_id as service_event_id,
        a.customer_id,
        a.onset_at,
        least(
            coalesce(a.ended_at, a.onset_at + interval '{{ var("event_open_days") }} days')
            + interval '{{ var("event_complaint_days") }} days',
            r.as_of
        ) as until_at
    from {{ ref('affected_customers') }} as a
    cross join {{ refreshed() }} as r
    where a.cause = 'service event' and a.onset_at <= r.as_of

),

complaints as (

    select
        a.service_event_id,
        a.customer_id,
        count(*) as complaints,
        min(m.posted_at) as first_at
    from affected as a
    inner join {{ ref('fct_messages') }} as m on a.customer_id = m.customer_id
    where
        m.direction = 'customer'
        and not m.is_noise
        and (m.intent = 'complaint' or m.second_intent = 'complaint')
        and m.posted_at >= a.onset_at
        and m.posted_at <= a.until_at
    group by a.service_event_id, a.customer_id

),

contacts as (

    select
        a.service_event_id,
        a.customer_id,
        min(c.contacted_at) as first_at
    from affected as a
    inner join {{ ref('fct_contacts') }} as c
        on a.customer_id = c.customer_id and a.service_event_id = c.service_event_id
    where c.contacted_at <= a.until_at
    group by a.service_event_id, a.customer_id

),

told as (

    select
        a.service_event_id,
        t.first_at is not null as was_contacted,
        coalesce(t.first_at < coalesce(c.first_at, 'infinity'), false) as was_contacted_first,
        coalesce(c.complaints, 0) as complaints
    from affected as a
    left join contacts as t on a.service_event_id = t.service_event_id and a.customer_id = t.customer_id
    left join complaints as c on a.service_event_id = c.service_event_id and a.customer_id = c.customer_id

),

counted as (

    select
        service_event_id,
        count(*) as affected,
        count(*) filter (where was_contacted) as contacted,
        count(*) filter (where was_contacted_first) as contacted_first,
        count(*) filter (where complaints > 0) as complainers,
        sum(complaints) as complaints,
        sum(complaints) filter (where was_contacted_first) as complaints_contacted_first
    from told
    group by service_event_id

)

select
    e.service_event_id,
    e.what,
    e.title,
    e.started_at,
    e.ended_at,
    e.day,
    coalesce(c.affected, 0)::integer as affected,
    coalesce(c.contacted, 0)::integer as contacted,
    coalesce(c.contacted_first, 0)::integer as contacted_before_first_complaint,
    coalesce(c.complainers, 0)::integer as complainers,
    coalesce(c.complaints, 0)::integer as complaints,
    round(100 * c.complaints / nullif(c.affected, 0), 3)::numeric(14, 3) as complaints_per_100,
    round(100 * coalesce(c.complaints_contacted_first, 0) / nullif(c.contacted_first, 0), 3)::numeric(14, 3)
        as complaints_per_100_contacted,
    round(
        100 * (c.complaints - coalesce(c.complaints_contacted_first, 0))
        / nullif(c.affected - c.contacted_first, 0), 3
    )::numeric(14, 3) as complaints_per_100_not_contacted,
    'observational' as evidence
from {{ ref('fct_service_events') }} as e
left join counted as c on e.service_event_id = c.service_event_id
cross join {{ refreshed() }} as r
where e.started_at <= r.as_of
