{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'from_day date, to_day date, ' ~ scope_arguments(),
        'returns': 'grouping_channel text, ' ~ satisfaction_kpi_types()
    }
) }}

select
    channel as grouping_channel,
    {{ satisfaction_kpis('day between from_day and to_day', 'asked_day between from_day and to_day') }}
from {{ ref('fct_ratings') }}
where
    (day between from_day and to_day or asked_day between from_day and to_day)
    and {{ in_scope() }}
group by grouping sets ((), (channel))
order by channel nulls first
