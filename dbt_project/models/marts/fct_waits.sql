{{ config(
    unique_key='thread_id',
    indexes=[
        {'columns': ['wait_id'], 'unique': true},
        {'columns': ['thread_id']},
        {'columns': ['day', 'channel']},
        {'columns': ['conversation_id']}
    ],
    post_hook="{{ named_index('fct_waits_undecided', '(promise_due_at) where promise_kept is null') }}"
) }}

-- A wait opens at the first answerable message of a conversation when none is open; what the customer adds does
-- not restart it; the next human message of the company to that customer acknowledges it and, until
-- understanding can tell holding answers and redirects apart, answers and closes it.

with questions as (

    select *, false as is_answer from {{ ref('int_messages_directed') }}
    where {{ is_touched('thread_id', 'thread') }} and is_answerable

),

answers as (

    select r.conversation_id as answered_conversation_id, m.*, true as is_answer
    from {{ ref('int_responses_matched') }} as r
    inner join {{ ref('int_messages_directed') }} as m on r.message_id = m.message_id
    where {{ is_touched('r.thread_id', 'thread') }}

),

events as (

    {%- set place = 'thread_id, source, channel, account_id, day' %}
    {%- set moment = 'message_id, posted_at, time_precision, native_order' %}

    select conversation_id, {{ place }}, {{ moment }}, is_answer from questions
    union all
    select answered_conversation_id, {{ place }}, {{ moment }}, is_answer from answers

),

numbered as (

    -- Total order: time, the source's own order, id. A turn is what a customer asks up to the answer that ends it.
    select
        *,
        row_number() over in_order as position,
        count(*) filter (where is_answer) over in_order - is_answer::int as turn
    from events
    window in_order as (
        partition by conversation_id order by posted_at, native_order, {{ bytewise('message_id') }}
    )

),

turns as (

    select
        *,
        position = min(position) over in_turn as is_first,
        max(message_id) filter (where is_answer) over in_turn as closing_message_id,
        max(posted_at) filter (where is_answer) over in_turn as answered_at,
        max(time_precision) filter (where is_answer) over in_turn as answer_precision
    from numbered
    window in_turn as (partition by conversation_id, turn)

),

waits as (

    select
        conversation_id,
        row_number() over (partition by conversation_id order by position) as wait_number,
        thread_id,
        source,
        channel,
        account_id,
        day,
        message_id as opening_message_id,
        posted_at as opened_at,
        closing_message_id,
        answered_at,
        'day' in (time_precision, coalesce(answer_precision, 'second')) as is_by_day
    from turns
    where is_first and not is_answer

),

promised as (

    select
        w.*,
        p.moment as promise_moment,
        p.minutes as promise_minutes,
        w.opened_at + make_interval(mins => p.minutes) as promise_due_at
    from waits as w
    left join {{ ref('promises') }} as p
        on
            w.channel = p.channel
            and w.day between coalesce(p.valid_from, '-infinity') and coalesce(p.valid_to, 'infinity')

)

select
    p.conversation_id || '#' || p.opening_message_id as wait_id,
    p.conversation_id,
    p.wait_number::integer as wait_number,
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
    case when not p.is_by_day then {{ minutes_between('p.opened_at', 'p.answered_at') }} end::numeric(14, 3)
        as response_minutes,
    case when p.answered_at is not null then 'answer' end as closing_kind,
    p.promise_moment,
    p.promise_minutes,
    p.promise_due_at,
    case
        when p.promise_due_at <= {{ as_of() }} then coalesce(p.answered_at <= p.promise_due_at, false)
    end as promise_kept
from promised as p
inner join {{ ref('customer_accounts') }} as c on p.account_id = c.account_id
