-- The period function over all days counts every answer that fct_ratings has, for the whole and for each channel.
with here as (

    select *
    from {{ ref('satisfaction_kpis') }}('1990-01-01', '2100-01-01')

),

there as (

    select
        channel as grouping_channel,
        count(*) filter (where kind = 'review' and value_01 is not null) as rating_n,
        count(*) filter (where kind = 'csat' and value_01 is not null) as csat_responses,
        count(*) filter (where kind = 'nps' and value_01 is not null) as nps_responses
    from {{ ref('fct_ratings') }}
    group by grouping sets ((), (channel))

)

select
    coalesce(here.grouping_channel, there.grouping_channel) as grouping_channel,
    here.rating_n as here,
    there.rating_n as there
from here
full join there on coalesce(here.grouping_channel, 'all') = coalesce(there.grouping_channel, 'all')
where
    coalesce(here.rating_n, 0) <> coalesce(there.rating_n, 0)
    or here.csat_responses <> there.csat_responses
    or here.nps_responses <> there.nps_responses
    or here.nps_responses <> here.promoters + here.passives + here.detractors
