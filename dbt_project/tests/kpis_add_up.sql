-- Counts of days, weeks and months of a period add up to the period's, however it is cut, and answers to NPS
-- surveys are promoters, passives or detractors.
{% set counts = "array['waits_opened', 'waits_answered', 'promises_kept', 'conversations_opened', 'messages']" %}

with span as (

    select
        min(day) as first_day,
        max(day) as last_day
    from {{ ref('kpi_channel_daily') }}

),

whole as (

    select
        k.kpi,
        k.channel,
        k.n
    from span
    cross join lateral {{ ref('kpis') }}(span.first_day, span.last_day) as k

),

parts as (

    select
        g.grain,
        k.kpi,
        k.channel,
        sum(k.n) as n
    from span
    cross join (values ('day'), ('week'), ('month')) as g (grain)
    cross join lateral {{ ref('kpis') }}(span.first_day, span.last_day, g.grain, {{ counts }}) as k
    group by g.grain, k.kpi, k.channel

),

answers as (

    select
        channel,
        sum(n) as n
    from whole
    where kpi in ('promoters', 'passives', 'detractors')
    group by channel

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
    whole.kpi,
    whole.n as here,
    answers.n as there
from whole
inner join answers on whole.channel is not distinct from answers.channel
where whole.kpi = 'nps' and whole.n <> answers.n
