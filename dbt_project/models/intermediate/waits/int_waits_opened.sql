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
        a.posted_at as answered_at,
        a.time_precision as answer_precision,
        {{ known_by('a.posted_at', 'a.time_precision', 'a.day') }} as answered_by
    from {{ touched_rows(ref('int_turns_cut'), 'thread_id') }} as t
    inner join messages as q on t.opening_message_id = q.message_id
    left join messages as a on t.closing_message_id = a.message_id

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
    answered_at,
    answered_by,
    coalesce(answered_at, ended_at) as closed_at,
    closing_kind,
    closing_message_id,
    closing_status_id,
    decision_id,
    case
        when closing_kind = 'outside' then 'answered elsewhere'
        when decision_id is not null then 'set aside'
        when closing_kind = 'desk' then 'resolved unanswered'
        when answered_at is null then 'no answer'
        when 'day' in (opening_precision, answer_precision) then 'day precision'
        when greatest(answered_by, answered_at + interval '1 microsecond') <= opened_at then 'answer before message'
        when answered_at < opened_at then 'precision'
    end as minutes_missing
from waits
