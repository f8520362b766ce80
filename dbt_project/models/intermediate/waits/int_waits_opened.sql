{{ config(
    unique_key='thread_id',
    indexes=[{'columns': ['thread_id']}, {'columns': ['opening_message_id'], 'unique': true}]
) }}

-- When each wait opened, was answered and ended, how exactly that is known, and why it has no minutes where it
-- has none. Who was sent elsewhere is answered when the company answers them in private, on whatever account of
-- theirs.

with messages as materialized (

    select * from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as m

),

sent_on as materialized (

    select
        t.opening_message_id,
        a.posted_at as sent_at,
        c.customer_id
    from {{ touched_rows(ref('int_turns_cut'), 'thread_id') }} as t
    inner join messages as q on t.opening_message_id = q.message_id
    inner join messages as a on t.closing_message_id = a.message_id
    inner join {{ looked_up(ref('customer_accounts'), 'c', 'q.account_id = c.account_id') }}
    where t.closing_kind = 'redirect'

),

private_conversations as materialized (

    select distinct s.opening_message_id, s.sent_at, q.conversation_id
    from sent_on as s
    inner join {{ looked_up(ref('customer_accounts'), 'o', 's.customer_id = o.customer_id') }}
    inner join {{ looked_up(
        ref('int_messages_directed'), 'q',
        "o.account_id = q.account_id and q.direction = 'customer' and not q.is_public and q.deleted_at is null"
    ) }}

),

private_answers as (

    select distinct on (p.opening_message_id)
        p.opening_message_id,
        d.posted_at,
        d.time_precision,
        d.day
    from private_conversations as p
    inner join {{ looked_up(ref('int_responses_matched'), 'r', 'p.conversation_id = r.conversation_id') }}
    inner join {{ looked_up(
        ref('int_messages_understood'), 'u', "r.message_id = u.message_id and u.counts_as in ('answer', 'question')"
    ) }}
    inner join {{ looked_up(
        ref('int_messages_directed'), 'd', 'r.message_id = d.message_id and not d.is_public'
    ) }}
    where
        d.posted_at >= p.sent_at
        and d.posted_at <= p.sent_at + interval '{{ var("redirect_answered_days") }} days'
    order by p.opening_message_id asc, d.posted_at asc, {{ bytewise('d.message_id') }} asc

),

answers as (

    select
        t.opening_message_id,
        a.posted_at,
        a.time_precision,
        a.day
    from {{ touched_rows(ref('int_turns_cut'), 'thread_id') }} as t
    inner join messages as a on t.closing_message_id = a.message_id
    where t.closing_kind in ('answer', 'question')
    union all
    select * from private_answers

),

waits as (

    -- Sent elsewhere is not answered. What is heard first acknowledges: the closing message where nothing came
    -- before.
    select
        t.*,
        q.source,
        q.channel,
        q.brand_id,
        q.account_id,
        q.day,
        q.posted_at as opened_at,
        q.time_precision as opening_precision,
        {{ known_by('q.posted_at', 'q.time_precision', 'q.day') }} as opened_by,
        h.posted_at as acknowledged_at,
        h.time_precision as acknowledging_precision,
        {{ known_by('h.posted_at', 'h.time_precision', 'h.day') }} as acknowledged_by,
        a.posted_at as answered_at,
        a.time_precision as answer_precision,
        {{ known_by('a.posted_at', 'a.time_precision', 'a.day') }} as answered_by,
        c.posted_at as closed_by_message_at,
        u.kind_unsure
    from {{ touched_rows(ref('int_turns_cut'), 'thread_id') }} as t
    inner join messages as q on t.opening_message_id = q.message_id
    left join answers as a on t.opening_message_id = a.opening_message_id
    left join messages as c on t.closing_message_id = c.message_id
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
    brand_id,
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
        when closing_kind in ('not_for_us', 'noise', 'copy') then 'set aside'
        when closing_kind in ('desk', 'settled') then 'resolved unanswered'
        else 'no answer'
    end as minutes_missing,
    answered_at is not null
    and {{ minutes_missing('answered_at', 'answered_by', 'answer_precision') }} is null as has_answer_minutes
from waits
