{{ config(
    unique_key='thread_id',
    indexes=[{'columns': ['thread_id']}, {'columns': ['opening_message_id'], 'unique': true}]
) }}

-- When each wait opened, was answered and ended, how exactly that is known, and why it has no minutes where it
-- has none.

with messages as materialized (

    select * from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as m

),

waits as (

    -- Sent elsewhere is not answered. What is heard first acknowledges: the closing message where nothing came
    -- before.
    select
        t.*,
        q.source,
        q.channel,
        q.account_id,
        q.day,
        q.posted_at as opened_at,
        q.time_precision as opening_precision,
        {{ known_by('q.posted_at', 'q.time_precision', 'q.day') }} as opened_by,
        h.posted_at as acknowledged_at,
        h.time_precision as acknowledging_precision,
        {{ known_by('h.posted_at', 'h.time_precision', 'h.day') }} as acknowledged_by,
        case when t.closing_kind in ('answer', 'question') then a.posted_at end as answered_at,
        case when t.closing_kind in ('answer', 'question') then a.time_precision end as answer_precision,
        case
            when t.closing_kind in ('answer', 'question')
                then {{ known_by('a.posted_at', 'a.time_precision', 'a.day') }}
        end as answered_by,
        a.posted_at as closed_by_message_at,
        u.kind_unsure
    from {{ touched_rows(ref('int_turns_cut'), 'thread_id') }} as t
    inner join messages as q on t.opening_message_id = q.message_id
    left join messages as a on t.closing_message_id = a.message_id
    left join messages as h
        on
            coalesce(
                t.heard_message_id,
                case when t.closing_kind in {{ reply_kinds('closing') }} then t.closing_message_id end
            ) = h.message_id
    left join {{ touched_rows(ref('int_messages_understood'), 'thread_id') }} as u
        on t.closing_message_id = u.message_id

)

select
    conversation_id,
    wait_number,
    thread_id,
    source,
    channel,
    account_id,
    day,
    opening_message_id,
    opened_at,
    opened_by,
    opening_precision,
    acknowledged_at,
    acknowledged_by,
    answered_at,
    answered_by,
    coalesce(ended_at, closed_by_message_at) as closed_at,
    closing_kind,
    closing_message_id,
    closing_status_id,
    decision_id,
    kind_unsure,
    case
        when acknowledged_at is not null
            then {{ minutes_missing('acknowledged_at', 'acknowledged_by', 'acknowledging_precision') }}
        when closing_kind = 'outside' then 'answered elsewhere'
        when closing_kind in ('not_for_us', 'noise') then 'set aside'
        when closing_kind in ('desk', 'settled') then 'resolved unanswered'
        else 'no answer'
    end as minutes_missing,
    answered_at is not null
    and {{ minutes_missing('answered_at', 'answered_by', 'answer_precision') }} is null as has_answer_minutes
from waits
