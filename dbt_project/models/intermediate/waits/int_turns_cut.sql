{{ config(
    unique_key='thread_id',
    indexes=[{'columns': ['thread_id']}, {'columns': ['opening_message_id'], 'unique': true}]
) }}

-- A conversation cut into turns: what a customer asks, up to what ends it. That is the company's next human
-- message to them, a desk that says the thread is resolved, a long silence after a bot, or what a person decided of a
-- message, unless one of these came first; what the customer writes after it begins another turn.

with messages as materialized (

    select m.conversation_id, m.thread_id, m.message_id, m.posted_at, p.placed_at, p.place
    from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as m
    inner join {{ touched_rows(ref('int_messages_placed'), 'thread_id') }} as p on m.message_id = p.message_id
    where m.is_answerable

),

resolved as (

    select
        status_id,
        thread_id,
        at,
        row_number() over (partition by thread_id order by at, native_order, {{ bytewise('status_id') }}) as place
    from {{ standing_statuses() }} as s
    where status = 'resolved'

),

events as (

    select
        conversation_id,
        thread_id,
        'question' as kind,
        message_id,
        null as status_id,
        null::bigint as decision_id,
        null as verdict,
        posted_at as at,
        placed_at,
        place
    from messages
    union all
    select
        conversation_id,
        thread_id,
        'answer' as kind,
        message_id,
        null as status_id,
        null as decision_id,
        null as verdict,
        null as at,
        placed_at,
        place
    from {{ touched_rows(ref('int_responses_matched'), 'thread_id') }} as r
    union all
    select
        m.conversation_id,
        m.thread_id,
        'decision' as kind,
        m.message_id,
        null as status_id,
        d.decision_id,
        d.verdict,
        greatest(d.closed_at, m.posted_at) as at,
        greatest(d.closed_at, m.placed_at) as placed_at,
        m.place
    from {{ ref('int_decisions_standing') }} as d
    inner join messages as m on d.message_id = m.message_id
    union all
    select
        c.conversation_id,
        c.thread_id,
        'desk' as kind,
        null as message_id,
        r.status_id,
        null as decision_id,
        null as verdict,
        r.at,
        r.at as placed_at,
        r.place
    from (select distinct conversation_id, thread_id from messages) as c
    inner join resolved as r on c.thread_id = r.thread_id
    union all
    select
        conversation_id,
        thread_id,
        'bot_silence' as kind,
        null as message_id,
        null as status_id,
        null as decision_id,
        null as verdict,
        known_at as at,
        known_at as placed_at,
        place
    from {{ touched_rows(ref('int_bot_silences_found'), 'thread_id') }} as s
    where due_at is null

),

numbered as (

    -- A round is what a customer asks up to the answer, or the desk's word, that ends it; at one moment the desk
    -- speaks last.
    select
        *,
        row_number() over in_order as position,
        count(*) filter (where kind in ('answer', 'desk', 'bot_silence')) over in_order
        - (kind in ('answer', 'desk', 'bot_silence'))::int as round
    from events
    window in_order as (
        partition by conversation_id
        order by placed_at, kind = 'desk', place, kind = 'decision'
    )

),

timely as (

    -- A decision that no answer came before.
    select
        *,
        kind = 'decision' and round = min(round) over in_message as is_timely,
        min(position) over in_message as message_position
    from numbered
    window in_message as (partition by conversation_id, message_id)

),

judged as (

    -- One holds where nothing was decided, either, since its message was written.
    select
        *,
        is_timely
        and coalesce(max(position) filter (where is_timely) over before, 0) < message_position
            as is_decided
    from timely
    window before as (
        partition by conversation_id
        order by position
        rows between unbounded preceding and 1 preceding
    )

),

cut as (

    select
        *,
        round + count(*) filter (where is_decided) over in_order - is_decided::int as turn
    from judged
    where is_decided or kind <> 'decision'
    window in_order as (partition by conversation_id order by position)

),

turns as (

    select
        *,
        position = min(position) over in_turn as is_first,
        max(message_id) filter (where kind = 'answer') over in_turn as closing_message_id,
        max(status_id) over in_turn as closing_status_id,
        max(decision_id) over in_turn as decision_id_of_turn,
        max(case kind when 'question' then null when 'decision' then verdict else kind end) over in_turn
            as closing_kind,
        max(at) filter (where kind in ('desk', 'bot_silence', 'decision')) over in_turn as ended_at
    from cut
    window in_turn as (partition by conversation_id, turn)

)

select
    conversation_id,
    (row_number() over (partition by conversation_id order by position))::integer as wait_number,
    thread_id,
    message_id as opening_message_id,
    closing_kind,
    closing_message_id,
    closing_status_id,
    decision_id_of_turn as decision_id,
    ended_at
from turns
where is_first and kind = 'question'
