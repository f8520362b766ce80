{{ config(
    unique_key='thread_id',
    indexes=[
        {'columns': ['wait_id'], 'unique': true},
        {'columns': ['thread_id']},
        {'columns': ['day', 'channel']}
    ]
) }}

-- Waits in which another customer replied before the company answered. Only a reply to a message of theirs tells:
-- in an archive without parents nobody can say whom a customer helps.

with messages as materialized (

    select
        message_id,
        thread_id,
        account_id,
        parent_message_id,
        posted_at
    from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as m
    where direction = 'customer' and deleted_at is null

),

replies as materialized (

    select
        r.message_id,
        r.account_id as peer_account_id,
        r.posted_at,
        r.thread_id || '/' || p.account_id as conversation_id
    from messages as r
    inner join messages as p on r.parent_message_id = p.message_id and r.thread_id = p.thread_id
    where r.account_id <> p.account_id

)

select distinct on (w.wait_id)
    w.wait_id,
    w.conversation_id,
    w.thread_id,
    w.source,
    w.channel,
    w.customer_id,
    w.day,
    w.opened_at,
    r.message_id as peer_message_id,
    r.peer_account_id,
    r.posted_at as peer_answered_at,
    w.answered_at
from {{ touched_rows(ref('fct_waits'), 'thread_id') }} as w
inner join replies as r
    on
        w.conversation_id = r.conversation_id
        and w.opened_at <= r.posted_at
        and coalesce(w.answered_at, w.closed_at, 'infinity') > r.posted_at
order by w.wait_id asc, r.posted_at asc, {{ bytewise('r.message_id') }} asc
