{{ config(materialized='view') }}

-- As old as the marts know them: at the now of the last finished refresh.

select
    w.wait_id,
    w.conversation_id,
    w.source,
    w.channel,
    w.customer_id,
    w.opened_at,
    w.opening_message_id,
    r.as_of,
    case when w.opening_precision <> 'day' then {{ minutes_between('w.opened_at', 'r.as_of') }} end::numeric(14, 3)
        as open_wait_minutes,
    case
        when w.opening_precision <> 'day'
            then {{ open_minutes_between('w.opening_calendar', 'w.opened_at', 'r.as_of') }}
    end::numeric(14, 3) as open_wait_open_minutes,
    w.opening_calendar,
    w.promise_due_at,
    w.promise_kept
from {{ ref('fct_waits') }} as w
cross join {{ refreshed() }} as r
where w.closed_at is null and w.opened_at <= r.as_of
