{{ config(
    unique_key='thread_id',
    indexes=[
        {'columns': ['conversation_id'], 'unique': true},
        {'columns': ['thread_id']},
        {'columns': ['opened_at']},
        {'columns': ['customer_id']},
        {'columns': ['day', 'channel']}
    ],
    post_hook="{{ named_index('fct_conversations_silent', '(silence_due_at) where silence_due_at is not null') }}"
) }}

with messages as materialized (

    select * from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as m
    where direction = 'customer' and deleted_at is null

),

conversations as (

    select
        conversation_id,
        thread_id,
        account_id as customer_account_id,
        min(posted_at) as opened_at,
        max(posted_at) as last_customer_message_at,
        count(*) as customer_messages,
        (array_agg(message_id order by posted_at, native_order, {{ bytewise('message_id') }}))[1]
            as opening_message_id
    from messages
    group by conversation_id, thread_id, account_id

),

waits as (

    select
        conversation_id,
        count(*) as waits,
        count(*) filter (where answered_at is not null) as answered_waits,
        max(opened_at) filter (where closed_at is null) as waiting_since,
        min(acknowledged_at) filter (where wait_number = 1) as first_response_at,
        min(response_minutes) filter (where wait_number = 1) as first_response_minutes,
        min(response_open_minutes) filter (where wait_number = 1) as first_response_open_minutes
    from {{ touched_rows(ref('fct_waits'), 'thread_id') }} as w
    group by conversation_id

),

answers as (

    select conversation_id, count(*) as brand_messages
    from {{ touched_rows(ref('int_responses_matched'), 'thread_id') }} as r
    group by conversation_id

),

resolutions as (

    select distinct on (conversation_id)
        conversation_id,
        resolved_at,
        resolution_minutes,
        reopened_at,
        count(*) over all_of_them as resolutions,
        count(reopened_at) over all_of_them as reopens
    from {{ touched_rows(ref('fct_resolutions'), 'thread_id') }} as r
    window all_of_them as (partition by conversation_id)
    order by conversation_id asc, resolution_number desc

),

silences as (

    select conversation_id, min(known_at) as silence_due_at
    from {{ touched_rows(ref('int_silences_found'), 'thread_id') }} as s
    where known_at > {{ as_of() }}
    group by conversation_id

)

select
    c.conversation_id,
    m.source,
    m.channel,
    c.thread_id,
    c.customer_account_id,
    a.customer_id,
    c.opened_at,
    m.day,
    c.last_customer_message_at,
    w.first_response_at,
    w.first_response_minutes::numeric(14, 3) as first_response_minutes,
    w.first_response_open_minutes::numeric(14, 3) as first_response_open_minutes,
    w.waiting_since,
    case when r.reopened_at is null then r.resolved_at end as resolved_at,
    r.resolution_minutes,
    case when r.resolved_at is not null and r.reopened_at is null then coalesce(b.brand_messages, 0) = 1 end
        as is_one_touch,
    s.silence_due_at,
    coalesce(r.resolutions, 0)::integer as resolutions,
    coalesce(r.reopens, 0)::integer as reopens,
    coalesce(w.waits, 0)::integer as waits,
    coalesce(w.answered_waits, 0)::integer as answered_waits,
    c.customer_messages::integer as customer_messages,
    coalesce(b.brand_messages, 0)::integer as brand_messages
from conversations as c
inner join messages as m on c.opening_message_id = m.message_id
inner join {{ looked_up(ref('customer_accounts'), 'a', 'c.customer_account_id = a.account_id') }}
left join waits as w on c.conversation_id = w.conversation_id
left join answers as b on c.conversation_id = b.conversation_id
left join resolutions as r on c.conversation_id = r.conversation_id
left join silences as s on c.conversation_id = s.conversation_id
