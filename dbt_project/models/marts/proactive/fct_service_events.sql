{{ config(
    unique_key='service_event_id',
    indexes=[{'columns': ['service_event_id'], 'unique': true}]
) }}

-- What happened, as the last row says that tells when it began: rows beside it name who is affected, or more
-- products and places.

with notices as materialized (

    select * from {{ touched_rows(ref('int_notices_latest'), 'service_event_id') }} as n

),

told as (

    select distinct on (service_event_id) *
    from notices
    order by service_event_id asc, started_at is null asc, batch_id desc, {{ bytewise('notice_id') }} asc

),

products as (

    select
        n.service_event_id,
        array_agg(distinct m.product order by m.product) as products,
        array_agg(distinct m.product order by m.product) filter (where not m.is_known) as unknown_products
    from notices as n
    cross join {{ product_meant('n.product', 'm') }}
    where n.product is not null
    group by n.service_event_id

),

places as (

    select
        service_event_id,
        array_agg(distinct trim(place) order by trim(place)) as places
    from notices
    where place is not null
    group by service_event_id

),

named as (

    select
        n.service_event_id,
        count(distinct p.person)::integer as customers_named
    from notices as n
    cross join unnest(n.persons) as p (person)
    group by n.service_event_id

)

select
    t.service_event_id,
    t.source,
    t.what,
    t.title,
    coalesce(p.products, '{}') as products,
    coalesce(p.unknown_products, '{}') as unknown_products,
    coalesce(l.places, '{}') as places,
    t.started_at,
    case when t.ended_at >= t.started_at then t.ended_at end as ended_at,
    {{ company_day('t.started_at') }} as day,
    coalesce(n.customers_named, 0) as customers_named,
    case
        when t.started_at is null then 'no row says when it began'
        when t.ended_at < t.started_at then 'it ends before it begins'
    end as fault
from told as t
left join products as p on t.service_event_id = p.service_event_id
left join places as l on t.service_event_id = l.service_event_id
left join named as n on t.service_event_id = n.service_event_id
