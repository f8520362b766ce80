{{ config(materialized='view') }}

-- Customers who left unhappy and say nothing, as the last refresh knows them: the last that they wrote is a
-- question or complaint that waits three times longer than promised, or a negative message after which nobody said
-- anything for as long as makes a silence. After 90 days the list lets them go.

with last_said as (

    select distinct on (m.customer_id)
        m.customer_id,
        m.message_id,
        m.conversation_id,
        m.source,
        m.channel,
        m.posted_at,
        m.intent,
        m.second_intent,
        m.sentiment,
        m.is_answerable,
        r.as_of
    from {{ refreshed() }} as r
    inner join {{ ref('fct_messages') }} as m
        on m.day >= {{ company_day('r.as_of') }} - 91 and m.posted_at > r.as_of - interval '90 days'
    where m.direction = 'customer' and not m.is_noise and m.posted_at <= r.as_of
    order by m.customer_id asc, m.posted_at desc, m.place desc

),

found as (

    select
        l.*,
        w.wait_id,
        w.opened_at as waiting_since,
        l.is_answerable
        and (l.intent in ('question', 'complaint') or coalesce(l.second_intent in ('question', 'complaint'), false))
        and coalesce(w.opened_at + 3 * (w.promise_due_at - w.opened_at) <= l.as_of, false) as is_unanswered,
        l.sentiment = 'negative'
        and l.posted_at + interval '{{ var("resolution_silence_hours") }} hours' <= l.as_of as is_negative
    from last_said as l
    left join {{ ref('fct_waits') }} as w on l.conversation_id = w.conversation_id and w.closed_at is null

)

select
    customer_id,
    message_id,
    conversation_id,
    source,
    channel,
    posted_at,
    case when is_unanswered then 'unanswered' else 'ended negative' end as why,
    wait_id,
    waiting_since,
    as_of
from found
where is_unanswered or is_negative
