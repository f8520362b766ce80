{{ config(
    unique_key='thread_id',
    indexes=[{'columns': ['thread_id']}],
    post_hook="{{ named_index('int_bot_silences_due', '(due_at) where due_at is not null') }}"
) }}

-- A bot spoke to a customer last, and nobody said anything for the days that the seed bot_silences gives: whoever
-- waited does no longer, unanswered. Without a row in the seed a wait stays open, however long.

with messages as materialized (

    select m.*, p.placed_at, p.place
    from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as m
    inner join {{ touched_rows(ref('int_messages_placed'), 'thread_id') }} as p on m.message_id = p.message_id
    where m.deleted_at is null

),

conversations as (

    select thread_id, conversation_id, min(place) as began_at_place
    from messages
    where direction = 'customer'
    group by thread_id, conversation_id

),

events as (

    select conversation_id, thread_id, message_id, placed_at, place, null::integer as days
    from messages
    where direction = 'customer'
    union all
    select conversation_id, thread_id, message_id, placed_at, place, null as days
    from {{ touched_rows(ref('int_responses_matched'), 'thread_id') }} as r
    union all
    -- A bot speaks to whom it replies to, else to all who had begun.
    select c.conversation_id, c.thread_id, b.message_id, b.placed_at, b.place, s.days
    from messages as b
    inner join conversations as c on b.thread_id = c.thread_id and b.place > c.began_at_place
    left join messages as p on b.parent_message_id = p.message_id
    left join lateral (
        select k.days from {{ ref('bot_silences') }} as k
        where {{ holds_for('k', 'b', 'b.day') }}
        order by k.brand_id is null
        limit 1
    ) as s on true
    where b.direction = 'bot' and coalesce(p.conversation_id = c.conversation_id, true)

),

followed as (

    select
        *,
        placed_at + make_interval(days => days) as known_at,
        lead(placed_at) over (partition by conversation_id order by place) as next_at
    from events

)

select
    conversation_id,
    thread_id,
    message_id as bot_message_id,
    place,
    known_at,
    case when known_at > {{ as_of() }} then known_at end as due_at
from followed
where days is not null and coalesce(next_at >= known_at, true)
