{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'at timestamptz',
        'returns': 'source text, alarms text[], silent_since timestamptz'
    }
) }}

select
    h.source,
    array_remove(
        array[
            case when h.last_status in ('failed', 'interrupted') then 'failed' end,
            case when h.last_gap_at > at - interval '7 days' then 'gap' end,
            case
                when
                    h.last_layout_change_at
                    > least(at - interval '7 days', coalesce(h.last_new_at, '-infinity'::timestamptz))
                    then 'layout-changed'
            end,
            case when h.silent_after < at then 'silent' end
        ], null
    ) as alarms,
    case when h.silent_after < at then h.last_new_at end as silent_since
from {{ ref('source_health') }} as h
