{{ config(
    unique_key='thread_id',
    indexes=[{'columns': ['thread_id']}, {'columns': ['opening_message_id'], 'unique': true}]
) }}

{%- set ends = "('answer', 'question', 'redirect', 'settled', 'desk', 'bot_silence')" %}

-- A conversation cut into turns: what a customer asks, up to what ends it. That is the company's next human
-- message to them that answers, asks back or sends elsewhere, the customer who says that it is settled, a desk that
-- says the thread is resolved, a long silence after a bot, or what a person decided of a message, unless one of
-- these came first; what the customer writes after it begins another turn. A holding or polite message is heard,
-- and ends nothing, but that a polite one answers who asked nothing. Noise that nobody waits with is a turn by
-- itself, over as it begins.

with messages as materialized (

    select
        m.conversation_id,
        m.thread_id,
        m.message_id,
        m.posted_at,
        p.placed_at,
        p.place,
        u.is_answerable,
        u.is_left_out,
        u.is_settled,
        u.is_remark
    from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as m
    inner join {{ touched_rows(ref('int_messages_placed'), 'thread_id') }} as p on m.message_id = p.message_id
    inner join {{ touched_rows(ref('int_messages_understood'), 'thread_id') }} as u on m.message_id = u.message_id
    where u.is_answerable or u.is_left_out or u.is_settled

),

replies as (

    select
        r.conversation_id,
        r.thread_id,
        r.message_id,
        r.placed_at,
        r.place,
        u.counts_as
    from {{ touched_rows(ref('int_responses_matched'), 'thread_id') }} as r
    inner join {{ touched_rows(ref('int_messages_understood'), 'thread_id') }} as u on r.message_id = u.message_id
    where u.counts_as in {{ reply_kinds('heard') }}

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
        'asked' as kind,
        message_id,
        null as status_id,
        null::bigint as decision_id,
        null as verdict,
        posted_at as at,
        placed_at,
        place,
        not coalesce(is_remark, false) as is_asking
    from messages
    where is_answerable
    union all
    select
        conversation_id,
        thread_id,
        case when is_settled then 'settled' else 'noise' end as kind,
        message_id,
        null as status_id,
        null as decision_id,
        null as verdict,
        posted_at as at,
        placed_at,
        place,
        false as is_asking
    from messages
    where is_settled or is_left_out
    union all
    select
        conversation_id,
        thread_id,
        case counts_as when 'holding' then 'heard' else counts_as end as kind,
        message_id,
        null as status_id,
        null as decision_id,
        null as verdict,
        null as at,
        placed_at,
        place,
        false as is_asking
    from replies
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
        m.place,
        false as is_asking
    from {{ ref('int_decisions_standing') }} as d
    inner join messages as m on d.message_id = m.message_id
    where m.is_answerable
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
        r.place,
        false as is_asking
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
        place,
        false as is_asking
    from {{ touched_rows(ref('int_bot_silences_found'), 'thread_id') }} as s
    where due_at is null

),

spoken as (

    -- Where nothing was asked since the last end, a polite word is all that is due.
    select
        conversation_id,
        thread_id,
        case
            when kind <> 'courtesy' then kind
            when bool_or(is_asking) over since_end then 'heard'
            else 'answer'
        end as kind,
        message_id,
        status_id,
        decision_id,
        verdict,
        at,
        placed_at,
        place
    from (
        select
            *,
            count(*) filter (where kind in {{ ends }}) over (
                partition by conversation_id
                order by placed_at, kind = 'desk', place, kind = 'decision', kind = 'asked'
            ) as ended
        from events
    ) as e
    window since_end as (
        partition by conversation_id, ended
        order by placed_at, kind = 'desk', place, kind = 'decision', kind = 'asked'
    )

),

numbered as (

    -- A round is what a customer asks up to the answer, or the customer's or the desk's word, that ends it; at one
    -- moment the desk speaks last, and who says that one thing is settled and asks another asks after it.
    select
        *,
        row_number() over in_order as position,
        count(*) filter (where is_end) over in_order - is_end::int as round
    from (
        select *, kind in {{ ends }} as is_end
        from spoken
    ) as e
    window in_order as (
        partition by conversation_id
        order by placed_at, kind = 'desk', place, kind = 'decision', kind = 'asked'
    )

),

timely as (

    -- A decision that no answer came before.
    select
        *,
        kind = 'decision' and round = min(round) filter (where kind = 'asked') over in_message as is_timely,
        min(position) filter (where kind = 'asked') over in_message as message_position
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
        min(position) filter (where kind = 'asked') over in_turn as first_position,
        max(case when is_end and kind <> 'desk' then message_id end) over in_turn as closing_message_id,
        max(status_id) over in_turn as closing_status_id,
        max(decision_id) over in_turn as decision_id_of_turn,
        max(case when is_end then kind when kind = 'decision' then verdict end) over in_turn as closing_kind,
        max(at) filter (where kind in ('settled', 'desk', 'bot_silence', 'decision')) over in_turn as ended_at
    from cut
    window in_turn as (partition by conversation_id, turn)

),

heard as (

    -- The first message of the company to who waits, where that does not end the wait.
    select distinct on (conversation_id, turn) conversation_id, turn, message_id
    from turns
    where kind = 'heard' and position > first_position
    order by conversation_id asc, turn asc, position asc

),

opened as (

    select * from turns
    where
        position = first_position
        or kind = 'noise' and position < coalesce(first_position, position + 1)

)

select
    o.conversation_id,
    (row_number() over (partition by o.conversation_id order by o.kind = 'noise', o.position))::integer
        as wait_number,
    o.thread_id,
    o.message_id as opening_message_id,
    h.message_id as heard_message_id,
    case o.kind when 'noise' then o.kind else o.closing_kind end as closing_kind,
    case o.kind when 'asked' then o.closing_message_id end as closing_message_id,
    case o.kind when 'asked' then o.closing_status_id end as closing_status_id,
    case o.kind when 'asked' then o.decision_id_of_turn end as decision_id,
    case o.kind when 'noise' then o.at else o.ended_at end as ended_at
from opened as o
left join heard as h on o.conversation_id = h.conversation_id and o.turn = h.turn and o.kind = 'asked'
