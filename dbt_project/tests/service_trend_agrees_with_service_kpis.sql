-- Days, weeks and months of a period add up to the period, however it is cut.
with grains as (

    select unnest(array['day', 'week', 'month']) as grain

),

trends as (

    select
        g.grain,
        sum(t.waits_opened) as waits_opened,
        sum(t.waits_answered) as waits_answered,
        sum(t.promises_kept) as promises_kept
    from grains as g
    cross join lateral {{ ref('service_trend') }}('2000-01-05', '2100-01-01', g.grain) as t
    group by g.grain

),

whole as (

    select *
    from {{ ref('service_kpis') }}('2000-01-05', '2100-01-01')
    where grouping_channel is null

)

select
    trends.grain,
    trends.waits_opened as here,
    whole.waits_opened as there
from trends
cross join whole
where
    trends.waits_opened <> whole.waits_opened
    or trends.waits_answered <> whole.waits_answered
    or trends.promises_kept <> whole.promises_kept
