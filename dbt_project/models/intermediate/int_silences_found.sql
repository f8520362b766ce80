{{ config(
    unique_key='thread_id',
    indexes=[{'columns': ['thread_id']}, {'columns': ['answer_message_id']}]
) }}

-- Human answers after which nobody says anything for resolution_silence_hours: there the customer is helped, as
-- will be known when the silence has lasted. Of several in a row, each after a silence, the first. Time does not
-- enter here: an answer that nothing follows yet is one of them, due at known_at.

with messages as materialized (

    select * from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as m
    where deleted_at is null

),

events as (

    {%- set what = 'm.message_id, m.posted_at, m.native_order, m.time_precision' %}

    select
        m.conversation_id, m.thread_id, {{ what }}, false as is_answer,
        m.posted_at as placed_at, m.native_order as placed_order, m.message_id as placed_by
    from messages as m
    where m.direction = 'customer'
    union all
    select
        r.conversation_id, r.thread_id, {{ what }}, true as is_answer,
        coalesce(r.after_posted_at, m.posted_at) as placed_at,
        coalesce(r.after_native_order, m.native_order) as placed_order,
        coalesce(r.after_message_id, m.message_id) as placed_by
    from {{ touched_rows(ref('int_responses_matched'), 'thread_id') }} as r
    inner join messages as m on r.message_id = m.message_id

),

followed as (

    -- A turn ends where the customer speaks: what follows a turn's first silence is no second help.
    select
        *,
        placed_at + interval '{{ var("resolution_silence_hours") }} hours' as known_at,
        lead(placed_at) over in_order as next_at,
        count(*) filter (where not is_answer) over in_order as turn
    from events
    window in_order as (
        partition by conversation_id
        order by
            placed_at, placed_order, {{ bytewise('placed_by') }},
            is_answer, posted_at, native_order, {{ bytewise('message_id') }}
    )

)

select distinct on (conversation_id, turn)
    conversation_id,
    thread_id,
    message_id as answer_message_id,
    posted_at as answered_at,
    time_precision as answer_precision,
    known_at
from followed
where is_answer and turn > 0 and (next_at is null or next_at >= known_at)
order by conversation_id asc, turn asc, known_at asc, {{ bytewise('message_id') }} asc
