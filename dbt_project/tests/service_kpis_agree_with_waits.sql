-- The period function over all days gives what fct_waits gives, for the whole and for each channel.
with here as (

    select *
    from {{ ref('service_kpis') }}('2000-01-01', '2100-01-01')

),

there as (

    select
        channel as grouping_channel,
        count(*) as waits_opened,
        count(answered_at) as waits_answered,
        count(response_minutes) as response_minutes_n,
        count(promise_kept) as promises_due,
        round((percentile_cont(0.5) within group (order by response_minutes))::numeric, 3) as median
    from {{ ref('fct_waits') }}
    group by grouping sets ((), (channel))

)

select
    coalesce(here.grouping_channel, there.grouping_channel) as grouping_channel,
    here.waits_opened as here,
    there.waits_opened as there
from here
full join there on coalesce(here.grouping_channel, 'all') = coalesce(there.grouping_channel, 'all')
where
    coalesce(here.waits_opened, 0) <> coalesce(there.waits_opened, 0)
    or here.waits_answered <> there.waits_answered
    or here.response_minutes_n <> there.response_minutes_n
    or here.promises_due <> there.promises_due
    or here.response_minutes_median is distinct from there.median
