{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': "from_day date, to_day date, grain text default 'day', channels text[] default null,"
            ~ ' with_whole boolean default false, sources text[] default null, panels text[] default null',
        'returns': 'starts_on date, channel text, ' ~ service_kpi_types()
    }
) }}

with waits as (

    select *, greatest(date_trunc(grain, day)::date, from_day) as starts_on from {{ ref('fct_waits') }}
    where day between from_day and to_day and {{ in_scope() }}

)

select
    starts_on,
    channel,
    {{ service_kpis() }}
from waits
group by grouping sets ((starts_on, channel), (starts_on))
having with_whole or grouping(channel) = 0
order by starts_on asc, channel asc nulls first
