{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'at timestamptz',
        'returns': 'source text, alarms text[], silent_since timestamptz'
    }
) }}

select
    source,
    array_remove(
        array[
            case when last_status in ('failed', 'interrupted') then 'failed' end,
            case when last_gap_at > at - interval '7 days' then 'gap' end,
            case
                when
                    last_layout_change_at
                    > least(at - interval '7 days', coalesce(last_new_at, '-infinity'::timestamptz))
                    then 'layout-changed'
            end,
            case when silent_after < at then 'silent' end
        ], null
    ) as alarms,
    case when silent_after < at then last_new_at end as silent_since
from {{ ref('source_health') }}
