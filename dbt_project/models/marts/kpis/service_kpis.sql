{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'from_day date, to_day date, ' ~ scope_arguments(),
        'returns': 'grouping_channel text, ' ~ service_kpi_types()
    }
) }}

select
    channel as grouping_channel,
    {{ service_kpis() }}
from {{ ref('fct_waits') }}
where day between from_day and to_day and {{ in_scope() }}
group by grouping sets ((), (channel))
order by channel nulls first
