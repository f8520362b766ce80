{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'moment timestamptz',
        'returns': 'conversation_id text, message_id text, channel text, source text, customer_id text,'
            ~ ' waits_since timestamptz, promise_minutes integer, due_at timestamptz, stands text, severity text,'
            ~ ' why text[], copies integer, copy_group_id text, assignee text'
    }
) }}

-- Who waits at a moment, with what was decided up to now. Severity is a rule that anybody can reckon: three points
-- for who wants to leave, two for a complaint, one for a question or a request; one more each where it is negative,
-- its promise is missed, three or more wait with the same text. Four are high, two middle. A label that is not sure
-- gives none.

with asked as (

    select
        moment as at,
        date_trunc('day', moment at time zone '{{ var("company_zone") }}')
        at time zone '{{ var("company_zone") }}' as midnight

),

waiting as (

    select
        w.conversation_id,
        w.opening_message_id as message_id,
        w.channel,
        w.source,
        w.opened_at as waits_since,
        w.promise_minutes,
        w.promise_due_at
    from {{ ref('fct_waits') }} as w
    where
        w.closed_at is null and not exists (
            select from {{ ref('waits_changed') }} as c
            where c.conversation_id = w.conversation_id and c.waiting_since is not null
        )
    union all
    select
        c.conversation_id,
        c.message_id,
        c.channel,
        c.source,
        c.waits_since,
        c.promise_minutes,
        c.promise_due_at
    from {{ ref('waits_changed') }} as c
    where c.waits_since is not null

),

due as (

    -- The promise of what waits alone since a decision comes with the next refresh; it is due no sooner than so.
    select
        w.*,
        coalesce(w.promise_due_at, w.waits_since + w.promise_minutes * interval '1 minute') as due_at,
        a.at,
        a.midnight
    from waiting as w
    cross join asked as a

),

copied as (

    -- A join that nothing is taken from is not made: who only counts who waits reads no message.
    select
        m.copy_group_id,
        count(*)::integer as copies
    from due as d
    inner join {{ ref('fct_messages') }} as m on d.message_id = m.message_id
    where m.copy_group_id is not null
    group by m.copy_group_id

),

read as (

    select
        d.*,
        m.customer_id,
        m.copy_group_id,
        case when m.intent_probability >= {{ var('sure_from') }} then m.intent end as intent,
        coalesce(m.sentiment = 'negative' and m.sentiment_probability >= {{ var('sure_from') }}, false)
            as is_negative,
        coalesce(d.due_at <= d.at, false) as is_missed,
        coalesce(c.copies, 1) as copies
    from due as d
    left join {{ ref('fct_messages') }} as m on d.message_id = m.message_id
    left join copied as c on m.copy_group_id = c.copy_group_id

),

weighed as (

    select
        *,
        case
            when intent = 'leaving' then 3
            when intent = 'complaint' then 2
            when intent in ('question', 'request') then 1
            else 0
        end + is_negative::integer + is_missed::integer + (copies >= 3)::integer as points
    from read

)

select
    w.conversation_id,
    w.message_id,
    w.channel,
    w.source,
    w.customer_id,
    w.waits_since,
    w.promise_minutes,
    w.due_at,
    case
        when w.due_at > w.at then 'can_be_kept'
        when w.due_at >= w.midnight then 'missed_today'
        else 'backlog'
    end as stands,
    case when w.points >= 4 then 'high' when w.points >= 2 then 'middle' else 'low' end as severity,
    array_remove(array[
        case when w.intent in ('leaving', 'complaint', 'question', 'request') then w.intent end,
        case when w.is_negative then 'negative' end,
        case when w.is_missed then 'missed' end,
        case when w.copies >= 3 then 'copies' end
    ], null) as why,
    w.copies,
    w.copy_group_id,
    -- It holds for the wait it was said of.
    case when t.posted_at >= w.waits_since then t.assignee end as assignee
from weighed as w
left join {{ ref('waits_assigned') }} as t on w.conversation_id = t.conversation_id
