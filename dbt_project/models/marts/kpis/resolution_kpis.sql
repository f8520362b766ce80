{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'from_day date, to_day date, ' ~ scope_arguments(),
        'returns': 'grouping_channel text, ' ~ resolution_kpi_types()
    }
) }}

select
    channel as grouping_channel,
    {{ resolution_kpis() }}
from {{ ref('fct_conversations') }}
where day between from_day and to_day and {{ in_scope() }} and waits > 0
group by grouping sets ((), (channel))
order by channel nulls first
