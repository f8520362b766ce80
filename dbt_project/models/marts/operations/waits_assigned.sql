{{ config(materialized='view') }}

-- Who said last that they take care of a conversation, or gave it back. A view, since a function of the marts reads
-- as whoever asks, and the app may not read what the marts are made of.

select distinct on (m.conversation_id)
    m.conversation_id,
    m.posted_at,
    a.assignment_id,
    a.assignee,
    a.decided_by,
    a.decided_at
from {{ ref('stg_decisions__assigned') }} as a
inner join {{ ref('fct_messages') }} as m on a.message_id = m.message_id
where m.conversation_id is not null
order by m.conversation_id asc, a.assignment_id desc
