{{ config(
    unique_key='thread_id',
    indexes=[{'columns': ['thread_id']}, {'columns': ['answer_message_id']}]
) }}

-- Answers after which nobody says anything for resolution_silence_hours: there the customer is helped, as
-- will be known when the silence has lasted. Of several in a row, each after a silence, the first. Time does not
-- enter here: an answer that nothing follows yet is one of them, due at known_at. A closing of the customer's, and
-- what is only polite, break no silence; a holding message does, and helps nobody.

with messages as materialized (

    select * from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as m
    where deleted_at is null

),

places as (

    select * from {{ touched_rows(ref('int_messages_placed'), 'thread_id') }} as p

),

understood as (

    select * from {{ touched_rows(ref('int_messages_understood'), 'thread_id') }} as u

),

events as (

    select m.conversation_id, m.message_id, p.placed_at, p.place, 'asked' as kind
    from messages as m
    inner join places as p on m.message_id = p.message_id
    inner join understood as u on m.message_id = u.message_id
    where m.direction = 'customer' and not u.is_closing
    union all
    select r.conversation_id, r.message_id, r.placed_at, r.place, u.counts_as as kind
    from {{ touched_rows(ref('int_responses_matched'), 'thread_id') }} as r
    inner join understood as u on r.message_id = u.message_id
    where u.counts_as in {{ reply_kinds('heard') }} and u.counts_as <> 'courtesy'

),

followed as (

    -- A turn ends where the customer speaks: what follows a turn's first silence is no second help.
    select
        *,
        placed_at + interval '{{ var("resolution_silence_hours") }} hours' as known_at,
        lead(placed_at) over in_order as next_at,
        count(*) filter (where kind = 'asked') over in_order as turn
    from events
    window in_order as (partition by conversation_id order by place)

)

select distinct on (f.conversation_id, f.turn)
    f.conversation_id,
    m.thread_id,
    f.message_id as answer_message_id,
    m.posted_at as answered_at,
    m.time_precision as answer_precision,
    f.known_at
from followed as f
inner join messages as m on f.message_id = m.message_id
where f.kind in {{ reply_kinds('closing') }} and f.turn > 0 and (f.next_at is null or f.next_at >= f.known_at)
order by f.conversation_id asc, f.turn asc, f.place asc
