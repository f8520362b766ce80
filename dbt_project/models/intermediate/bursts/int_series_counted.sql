{{ config(
    unique_key='counted_day',
    meta={'touches_changed': {'series_day': 'counted_day', 'source': 'source'}},
    indexes=[
        {'columns': ['counted_day']},
        {'columns': ['series_id', 'hour_at']},
        {'columns': ['series_id', 'source', 'hour_at'], 'unique': true}
    ]
) }}

-- What customers write of something, by the hour: all later steps read these counts, none reads messages. A message
-- of which only the day is known has no hour.

with messages as materialized (

    select
        m.*,
        date_trunc('hour', m.posted_at, '{{ var("company_zone") }}') as hour_at,
        coalesce(m.language, m.language_declared) as spoken
    from {{ touched_rows(ref('fct_messages'), 'day', 'counted_day') }} as m
    where m.direction = 'customer' and not m.is_noise and m.time_precision <> 'day'

),

mentioned as materialized (

    select distinct
        m.message_id,
        case n.kind when 'competitor' then 'brand' else n.kind end as kind,
        n.value
    from messages as m
    inner join {{ looked_up(
        ref('message_mentions'), 'n',
        "m.message_id = n.message_id and n.kind in ('topic', 'product', 'place', 'competitor')"
    ) }}

),

named as (

    select m.*, s.kind, s.value
    from messages as m
    cross join
        lateral (
            values ('all', 'all'), ('brand', m.brand_id), ('language', m.spoken)
        ) as s (kind, value)
    where s.value is not null
    union all
    select m.*, n.kind, n.value
    from messages as m
    inner join mentioned as n on m.message_id = n.message_id
    where not (n.kind = 'brand' and n.value is not distinct from m.brand_id)

)

select
    kind || ':' || value as series_id,
    kind,
    value,
    source,
    day as counted_day,
    hour_at,
    count(*)::integer as messages,
    (count(*) filter (where sentiment = 'negative'))::integer as negative,
    count(sentiment)::integer as felt,
    array_agg(distinct hashtext(account_id)) as authors
from named
group by kind, value, source, day, hour_at
