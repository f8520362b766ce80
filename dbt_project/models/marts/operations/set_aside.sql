{{ config(materialized='view') }}

-- What people set aside, as it stands now: the last decision on each message that nobody took back.

with last as (

    select distinct on (message_id) * from {{ ref('stg_decisions__handled') }}
    order by message_id asc, decision_id desc

)

select
    l.decision_id,
    l.message_id,
    m.conversation_id,
    m.channel,
    m.source,
    m.customer_id,
    m.posted_at,
    l.verdict,
    l.reason,
    l.copy_of,
    l.decided_by,
    l.decided_at
from last as l
inner join {{ ref('fct_messages') }} as m on l.message_id = m.message_id
where l.verdict <> 'undo' and m.conversation_id is not null
