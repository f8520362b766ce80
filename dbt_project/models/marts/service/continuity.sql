{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'first date, last date, ' ~ scope_arguments(),
        'returns': 'kpi text, best_channel text, best numeric, best_n integer, worst_channel text, worst numeric,'
            ~ ' worst_n integer, channels integer'
    }
) }}

-- How far apart channels are: for each KPI of waits that has a good and a bad way, the best and the worst of the
-- channels on which it stands on enough.

with moments as (

    {{ kpi_moments('waits', ['channel'], 'channel', 'day between first and last and ' ~ in_scope()) }}

),

figures as (

    select
        channel,
        {{ kpi_figures() }}
    from moments

),

ranked as (

    select
        f.*,
        d.place,
        case d.better when 'higher' then f.value else -f.value end as good
    from figures as f
    inner join {{ ref('dim_kpis') }} as d on f.kpi = d.kpi
    where d.better <> 'neither' and d.unit <> 'count' and f.n >= d.min_n and f.value is not null

)

select
    kpi,
    (array_agg(channel order by good desc, channel asc))[1] as best_channel,
    (array_agg(value order by good desc, channel asc))[1] as best,
    (array_agg(n order by good desc, channel asc))[1] as best_n,
    (array_agg(channel order by good asc, channel asc))[1] as worst_channel,
    (array_agg(value order by good asc, channel asc))[1] as worst,
    (array_agg(n order by good asc, channel asc))[1] as worst_n,
    count(*)::integer as channels
from ranked
group by kpi
having count(*) > 1
order by min(place) asc
