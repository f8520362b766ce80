{{ config(materialized='view') }}

-- What people decided since the last refresh, at once: the waits that it closes or opens again, as `int_turns_cut`
-- will say. The last decision on a message counts unless it is an undo, and closes what was written up to its
-- moment (that of the answer where one is told). What the customer wrote after it waits from there on.

with last as (

    select distinct on (message_id) * from {{ ref('stg_decisions__handled') }}
    order by message_id asc, decision_id desc

),

standing as (

    select
        m.conversation_id,
        m.posted_at,
        greatest(coalesce(l.answered_at, l.decided_at), m.posted_at) as until
    from last as l
    inner join {{ ref('fct_messages') }} as m on l.message_id = m.message_id
    where l.verdict <> 'undo'

),

concerned as (

    select
        w.conversation_id,
        w.channel,
        w.source,
        w.opened_at,
        w.opened_at as waiting_since,
        w.promise_minutes,
        w.promise_due_at
    from {{ ref('fct_waits') }} as w
    where
        w.closed_at is null and exists (
            select from standing as s
            where s.conversation_id = w.conversation_id and s.posted_at >= w.opened_at
        )
    union all
    -- Undone since: it waits again where it is the conversation's last and the company wrote nothing after it.
    select
        w.conversation_id,
        w.channel,
        w.source,
        w.opened_at,
        null as waiting_since,
        w.promise_minutes,
        w.promise_due_at
    from {{ ref('fct_waits') }} as w
    inner join {{ ref('stg_decisions__handled') }} as h on w.decision_id = h.decision_id
    inner join last as l on h.message_id = l.message_id and l.verdict = 'undo'
    where not exists (
        select from {{ ref('fct_waits') }} as x
        where x.conversation_id = w.conversation_id and x.wait_number > w.wait_number
    ) and not exists (
        select from {{ ref('conversation_messages') }} as b
        inner join {{ ref('fct_messages') }} as m on b.message_id = m.message_id
        where b.conversation_id = w.conversation_id and m.direction = 'brand' and m.posted_at > w.opened_at
    )

)

select
    c.conversation_id,
    c.channel,
    c.source,
    c.waiting_since,
    n.message_id,
    n.posted_at as waits_since,
    c.promise_minutes,
    case when n.posted_at = c.opened_at then c.promise_due_at end as promise_due_at
from concerned as c
left join lateral (
    select
        m.message_id,
        m.posted_at
    from {{ ref('fct_messages') }} as m
    where
        m.conversation_id = c.conversation_id and m.direction = 'customer' and m.is_answerable
        and m.posted_at >= c.opened_at
        and not exists (
            select from standing as s
            where
                s.conversation_id = c.conversation_id and s.posted_at >= c.opened_at
                and s.until >= m.posted_at
        )
    order by m.posted_at, m.native_order, {{ bytewise('m.message_id') }}
    limit 1
) as n on true
