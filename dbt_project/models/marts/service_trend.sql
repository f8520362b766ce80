{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': "from_day date, to_day date, grain text default 'day', channels text[] default null",
        'returns': 'starts_on date, channel text, ' ~ service_kpi_types()
    }
) }}

select
    greatest(date_trunc(grain, day)::date, from_day) as starts_on,
    channel,
    {{ service_kpis() }}
from {{ ref('fct_waits') }}
where day between from_day and to_day and (channels is null or channel = any(channels))
group by 1, 2
order by 1, 2
