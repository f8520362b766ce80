{{ config(
    unique_key='thread_id',
    indexes=[
        {'columns': ['wait_id'], 'unique': true},
        {'columns': ['thread_id']},
        {'columns': ['day', 'channel']},
        {'columns': ['conversation_id']}
    ],
    post_hook="create index if not exists fct_waits_undecided on {{ this }} (promise_due_at) where promise_kept is null"
) }}

-- A wait opens at the first answerable message of a conversation when none is open; what the customer adds does
-- not restart it; the next human message of the company to that customer acknowledges it and, until
-- understanding can tell holding answers and redirects apart, answers and closes it.

with messages as (

    select * from {{ ref('int_messages_directed') }}
    where {{ is_touched('thread_id', 'thread') }}

),

responses as (

    select * from {{ ref('int_responses_matched') }}
    where {{ is_touched('thread_id', 'thread') }}

),

events as (

    select conversation_id, message_id, posted_at, time_precision, native_order, false as is_answer
    from messages
    where is_answerable
    union all
    select r.conversation_id, m.message_id, m.posted_at, m.time_precision, m.native_order, true as is_answer
    from responses as r
    inner join messages as m on r.message_id = m.message_id

),

numbered as (

    -- Total order: time, the source's own order, id. Answers so far number the waits.
    select
        *,
        row_number() over in_order as position,
        count(*) filter (where is_answer) over in_order as answers_before
    from events
    window in_order as (
        partition by conversation_id order by posted_at, native_order, message_id collate "C"
    )

),

openings as (

    select distinct on (conversation_id, answers_before) *
    from numbered
    where not is_answer
    order by conversation_id, answers_before, position

),

waits as (

    select
        o.conversation_id,
        o.message_id as opening_message_id,
        o.posted_at as opened_at,
        a.message_id as closing_message_id,
        a.posted_at as answered_at,
        'day' in (o.time_precision, coalesce(a.time_precision, 'second')) as is_by_day
    from openings as o
    left join numbered as a
        on o.conversation_id = a.conversation_id and a.is_answer and a.answers_before = o.answers_before + 1

),

promised as (

    select
        w.*,
        m.thread_id,
        m.source,
        m.channel,
        m.account_id,
        m.day,
        p.moment as promise_moment,
        p.minutes as promise_minutes,
        w.opened_at + make_interval(mins => p.minutes) as promise_due_at
    from waits as w
    inner join messages as m on w.opening_message_id = m.message_id
    left join {{ ref('promises') }} as p
        on
            m.channel = p.channel
            and m.day between coalesce(p.valid_from, '-infinity') and coalesce(p.valid_to, 'infinity')

)

select
    p.conversation_id || '#' || p.opening_message_id as wait_id,
    p.conversation_id,
    p.thread_id,
    p.source,
    p.channel,
    c.customer_id,
    p.day,
    p.opened_at,
    p.opening_message_id,
    p.answered_at as acknowledged_at,
    p.answered_at,
    p.answered_at as closed_at,
    p.closing_message_id,
    case when not p.is_by_day then {{ minutes_between('p.opened_at', 'p.answered_at') }} end as response_minutes,
    case when p.answered_at is not null then 'answer' end as closing_kind,
    p.promise_moment,
    p.promise_minutes,
    p.promise_due_at,
    case
        when p.promise_due_at <= {{ as_of() }} then coalesce(p.answered_at <= p.promise_due_at, false)
    end as promise_kept
from promised as p
inner join {{ ref('customer_accounts') }} as c on p.account_id = c.account_id
