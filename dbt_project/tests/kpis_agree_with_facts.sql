-- The KPIs of all days count what the facts hold, for all channels and for each.
with here as (

    select
        kpi,
        coalesce(channel, 'all') as channel,
        n,
        value
    from {{ ref('kpis') }}('1990-01-01', '2100-01-01')

),

waits as (

    select
        coalesce(channel, 'all') as channel,
        count(*) as waits_opened,
        count(answered_at) as waits_answered,
        count(promise_kept) as promises_due,
        count(response_minutes) as responses,
        round((percentile_cont(0.5) within group (order by response_minutes))::numeric, 3) as median
    from {{ ref('fct_waits') }}
    where channel is not null
    group by grouping sets ((), (channel))

),

resolutions as (

    select
        coalesce(c.channel, 'all') as channel,
        count(distinct c.conversation_id) as conversations_opened,
        count(r.resolution_id) as resolutions,
        count(r.reopened_at) as reopens,
        count(distinct c.conversation_id) filter (where c.resolved_at is not null) as resolved
    from {{ ref('fct_conversations') }} as c
    left join {{ ref('fct_resolutions') }} as r on c.conversation_id = r.conversation_id
    where c.waits > 0
    group by grouping sets ((), (c.channel))

),

ratings as (

    select
        coalesce(channel, 'all') as channel,
        count(*) filter (where kind = 'review') as reviews,
        count(*) filter (where kind = 'csat') as csat,
        count(*) filter (where kind = 'nps') as nps
    from {{ ref('fct_ratings') }}
    where value_01 is not null
    group by grouping sets ((), (channel))

),

there as (

    select channel, 'waits_opened' as kpi, waits_opened as n from waits
    union all
    select channel, 'waits_answered' as kpi, waits_answered as n from waits
    union all
    select channel, 'promise_kept_rate' as kpi, promises_due as n from waits
    union all
    select channel, 'response_minutes_median' as kpi, responses as n from waits
    union all
    select channel, 'conversations_opened' as kpi, conversations_opened as n from resolutions
    union all
    select channel, 'one_touch_rate' as kpi, resolved as n from resolutions
    union all
    select channel, 'rating_mean' as kpi, reviews as n from ratings
    union all
    select channel, 'csat_rate' as kpi, csat as n from ratings
    union all
    select channel, 'nps' as kpi, nps as n from ratings

)

select
    here.kpi,
    here.channel,
    here.n as here,
    there.n as there
from here
full join there on here.kpi = there.kpi and here.channel = there.channel
where here.kpi in (select t.kpi from there as t) and here.n <> coalesce(there.n, 0)

union all

select
    here.kpi,
    here.channel,
    here.value,
    case here.kpi
        when 'response_minutes_median' then w.median
        when 'resolutions' then r.resolutions
        else r.reopens
    end as there
from here
left join waits as w on here.channel = w.channel
left join resolutions as r on here.channel = r.channel
where
    (here.kpi = 'response_minutes_median' and here.value is distinct from w.median)
    or (here.kpi = 'resolutions' and here.value <> coalesce(r.resolutions, 0))
    or (here.kpi = 'reopens' and here.value <> coalesce(r.reopens, 0))
