-- Counts of days, weeks and months of a period add up to the period's, however it is cut, and answers to NPS
-- surveys are promoters, passives or detractors.
with whole as (

    select
        k.kpi,
        k.channel,
        k.n
    from {{ ref('kpis') }}(
        (select min(day) from {{ ref('kpi_channel_daily') }}), (select max(day) from {{ ref('kpi_channel_daily') }})
    ) as k
    inner join {{ ref('dim_kpis') }} as d on k.kpi = d.kpi
    where d.unit = 'count' and k.kpi <> 'customer_accounts'

),

parts as (

    select
        g.grain,
        k.kpi,
        k.channel,
        sum(k.n) as n
    from (values ('day'), ('week'), ('month')) as g (grain)
    cross join lateral {{ ref('kpis') }}(
        (select min(day) from {{ ref('kpi_channel_daily') }}),
        (select max(day) from {{ ref('kpi_channel_daily') }}),
        g.grain,
        array['waits_opened', 'waits_answered', 'promises_kept', 'messages']
    ) as k
    group by g.grain, k.kpi, k.channel

)

select
    parts.grain,
    whole.kpi,
    parts.n as here,
    whole.n as there
from whole
inner join parts on whole.kpi = parts.kpi and whole.channel is not distinct from parts.channel
where whole.n <> parts.n

union all

select
    'answers' as grain,
    k.kpi,
    k.n as here,
    sum(parts.n) as there
from {{ ref('kpis') }}(
        (select min(day) from {{ ref('kpi_channel_daily') }}), (select max(day) from {{ ref('kpi_channel_daily') }})
    ) as k
inner join whole as parts
    on
        k.channel is not distinct from parts.channel
        and parts.kpi in ('promoters', 'passives', 'detractors')
where k.kpi = 'nps'
group by k.kpi, k.channel, k.n
having k.n <> sum(parts.n)
