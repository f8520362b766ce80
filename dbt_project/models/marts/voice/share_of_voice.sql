{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'first date, last date, ' ~ scope_arguments(),
        'returns': 'brand text, messages integer, share numeric, n integer, low numeric, high numeric,'
            ~ ' net_sentiment numeric, felt integer'
    }
) }}

-- What of all that is said of the tracked brands is said of each: of the company's, that of their sources; of
-- competitors, that names them. A message that names two counts for both. Noise counts for none.

with said as materialized (

    select
        message_id,
        brand_id,
        case sentiment when 'positive' then 1 when 'neutral' then 0 when 'negative' then -1 end as score
    from {{ ref('fct_messages') }}
    where
        direction = 'customer'
        and not is_noise
        and day between first and last
        and {{ in_scope() }}

),

named as (

    select brand_id as brand, message_id, score from said
    where brand_id is not null
    union
    select n.value as brand, s.message_id, s.score
    from said as s
    inner join {{ ref('message_mentions') }} as n on s.message_id = n.message_id
    where n.kind = 'competitor'

),

counted as (

    select
        brand,
        count(*) as messages,
        avg(score) as net,
        count(score) as felt
    from named
    group by brand

),

moments as (

    select
        *,
        'share' as kind,
        sum(messages) over () as n,
        messages / nullif(sum(messages) over (), 0) as middle,
        null::numeric as spread,
        null::float8[] as sorted,
        null::numeric as at
    from counted

)

select
    brand,
    messages::integer as messages,
    {{ kpi_value() }} as share,
    n::integer as n,
    {{ kpi_bound('-') }} as low,
    {{ kpi_bound('+') }} as high,
    round(100 * net, 3) as net_sentiment,
    felt::integer as felt
from moments
order by messages desc, brand asc
