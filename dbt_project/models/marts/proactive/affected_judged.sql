{{ config(materialized='view') }}

-- Whoever is affected by what still counts, once a cause, and what speaks against writing to them: the first of the
-- reasons that holds. To leave somebody out a likely account is enough; to list them it is not.

with affected as materialized (

    select
        a.*,
        r.as_of
    from {{ ref('affected_customers') }} as a
    cross join {{ refreshed() }} as r
    where
        a.onset_at <= r.as_of
        and (
            a.cause = 'burst'
            or coalesce(
                a.ended_at + interval '{{ var("event_over_days") }} days' > r.as_of,
                a.onset_at + interval '{{ var("event_open_days") }} days' > r.as_of
            )
        )

),

spoke as materialized (

    select distinct
        a.cause_id,
        a.customer_id
    from affected as a
    inner join {{ ref('fct_messages') }} as m on a.customer_id = m.customer_id
    where m.direction = 'customer' and m.posted_at >= a.onset_at and m.posted_at <= a.as_of

),

contacted as materialized (

    -- Since it began, a contact that does not say what it was about may have been about this.
    select distinct
        a.cause_id,
        a.customer_id
    from affected as a
    inner join {{ ref('fct_contacts') }} as c on a.customer_id = c.customer_id
    where
        c.contacted_at <= a.as_of
        and (
            a.cause_id in (c.service_event_id, c.native_event)
            or c.native_event is null and c.kind in ('service', 'gesture') and c.contacted_at >= a.onset_at
        )

),

standing as materialized (

    select * from {{ ref('permissions_standing') }}
    where purpose in ('service', 'any')

),

refused as (

    select
        customer_id,
        channel
    from standing
    where not allowed
    union
    select
        customer_id,
        channel
    from {{ ref('int_refusals_possible') }}
    where purpose in ('service', 'any')

),

permitted as materialized (

    select
        p.anchor_id,
        array_agg(distinct p.channel order by p.channel) as channels,
        string_agg(
            p.channel || ': ' || p.purpose || ' since ' || to_char(p.since at time zone 'UTC', 'YYYY-MM-DD'),
            ', ' order by p.channel asc, p.purpose asc
        ) as why_permitted
    from standing as p
    left join refused as r on p.customer_id = r.customer_id and p.channel = r.channel
    left join refused as a on p.customer_id = a.customer_id and a.channel = 'any'
    where p.allowed and p.channel <> 'any' and r.customer_id is null and a.customer_id is null
    group by p.anchor_id

),

pressure as materialized (

    select * from {{ ref('contact_pressure') }}

),

judged as (

    select
        a.*,
        p.channels,
        p.why_permitted,
        coalesce(c.contacts_7_days, 0) as contacts_7_days,
        coalesce(c.contacts_30_days, 0) as contacts_30_days,
        case
            when s.customer_id is not null then 'spoke'
            when t.customer_id is not null then 'contacted'
            when p.anchor_id is null then 'not permitted'
            when
                c.contacts_7_days >= {{ var('contacts_in_7_days') }}
                or c.contacts_30_days >= {{ var('contacts_in_30_days') }}
                then 'over the cap'
        end as left_out
    from affected as a
    left join spoke as s on a.cause_id = s.cause_id and a.customer_id = s.customer_id
    left join contacted as t on a.cause_id = t.cause_id and a.customer_id = t.customer_id
    left join permitted as p on a.anchor_id = p.anchor_id
    left join pressure as c on a.customer_id = c.customer_id

)

select distinct on (cause_id, customer_id)
    cause_id,
    cause,
    about,
    onset_at,
    ended_at,
    customer_id,
    anchor_id,
    why,
    channels,
    why_permitted,
    contacts_7_days,
    contacts_30_days,
    left_out,
    as_of
from judged
order by cause_id asc, customer_id asc, left_out is null desc, {{ bytewise('anchor_id') }} asc
