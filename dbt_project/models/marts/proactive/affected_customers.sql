{{ config(materialized='view') }}

-- Who is affected by a service event, or probably by a standing burst, and why: named by the company's own list,
-- owner of the product or customer of the town in the CRM, or somebody who named the product or place within the
-- year before.

with events as (

    select
        service_event_id as cause_id,
        'service event' as cause,
        coalesce(title, what) as about,
        started_at as onset_at,
        ended_at,
        products,
        places
    from {{ ref('fct_service_events') }}
    where started_at is not null

),

causes as (

    select * from events
    union all
    select
        burst_id as cause_id,
        'burst' as cause,
        value as about,
        onset_at,
        case when not is_going_on then end_at end as ended_at,
        case when kind = 'product' then array[value] else '{}' end as products,
        case when kind = 'place' then array[value] else '{}' end as places
    from {{ ref('standing_alerts') }}
    where kind in ('product', 'place')

),

wanted as (

    select
        c.cause_id,
        c.onset_at,
        'product' as kind,
        w.product as value,
        m.family as said,
        nullif(w.product, m.family) as only_product
    from causes as c
    cross join unnest(c.products) as w (product)
    cross join {{ product_meant('w.product', 'm') }}
    union all
    select
        c.cause_id,
        c.onset_at,
        'place' as kind,
        w.place as value,
        coalesce(p.place, w.place) as said,
        null as only_product
    from causes as c
    cross join unnest(c.places) as w (place)
    left join {{ ref('places') }} as p
        on
            lower(w.place) = lower(p.place)
            or lower(w.place) = any(string_to_array(lower(p.synonyms), '|'))

),

persons as (

    select
        n.service_event_id as cause_id,
        n.site,
        p.person
    from {{ ref('int_notices_latest') }} as n
    cross join unnest(n.persons) as p (person)
    where n.can_join

),

resolved as (

    select * from {{ persons_resolved('persons') }} as p

),

owned_names as materialized (

    select
        r.node_id,
        trim(o.name) as name
    from {{ ref('int_crm_latest') }} as r
    cross join jsonb_array_elements_text(r.products) as o (name)

),

owned as (

    select
        n.node_id,
        m.product,
        m.family
    from owned_names as n
    inner join (
        select
            d.name,
            m.product,
            m.family
        from (select distinct name from owned_names) as d
        cross join {{ product_meant('d.name', 'm') }}
    ) as m on n.name = m.name

),

named as (

    select distinct
        w.cause_id,
        'named ' || w.kind as why,
        m.account_id as node_id
    from wanted as w
    inner join {{ ref('message_mentions') }} as n
        on
            w.kind = n.kind
            and w.said = n.value
            and n.day between {{ company_day('w.onset_at') }} - 365 and {{ company_day('w.onset_at') }}
            and w.onset_at > n.posted_at
            and n.direction = 'customer'
            and coalesce(w.only_product = n.details ->> 'product', w.only_product is null)
    inner join {{ ref('fct_messages') }} as m on n.message_id = m.message_id

),

found as (

    select
        p.cause_id,
        'listed' as why,
        r.anchor_id as node_id
    from persons as p
    inner join resolved as r on p.person = r.person and p.site = r.site and r.candidates = 1
    union
    select
        w.cause_id,
        'owns the product' as why,
        o.node_id
    from wanted as w
    inner join owned as o on w.kind = 'product' and w.value in (o.product, o.family)
    union
    select
        w.cause_id,
        'lives there' as why,
        r.node_id
    from wanted as w
    cross join lateral (values (w.value), (w.said)) as t (town)
    inner join {{ ref('int_crm_latest') }} as r on w.kind = 'place' and lower(trim(t.town)) = lower(trim(r.town))
    union
    select
        cause_id,
        why,
        node_id
    from named

)

select
    c.cause_id,
    c.cause,
    c.about,
    c.onset_at,
    c.ended_at,
    a.customer_id,
    a.anchor_id,
    array_agg(distinct f.why order by f.why) as why
from found as f
inner join causes as c on f.cause_id = c.cause_id
inner join {{ ref('int_anchors') }} as a on f.node_id = a.node_id
group by c.cause_id, c.cause, c.about, c.onset_at, c.ended_at, a.customer_id, a.anchor_id
