{{ config(
    unique_key='thread_id',
    indexes=[{'columns': ['thread_id']}, {'columns': ['message_id']}]
) }}

-- Which conversations a human message of the company speaks to: the one whose customer it replies to, those
-- whose customers it mentions; with neither parent nor mention, every one that had begun in the thread. A review
-- that was edited after its reply is dated later than it: the reply then stands right after that message.

with messages as materialized (

    select * from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as m

),

responses as (

    select * from messages
    where direction = 'brand' and deleted_at is null

),

customers as (

    select * from messages
    where direction = 'customer' and deleted_at is null

),

conversations as (

    select thread_id, conversation_id, min(posted_at) as began_at
    from customers
    group by thread_id, conversation_id

),

names as (

    select thread_id, conversation_id, lower(handle) as handle from customers
    union
    select thread_id, conversation_id, lower(native_account) as handle from customers

),

replies as (

    -- To any message of the customer, a deleted one too, as long as others stand.
    select
        r.thread_id,
        r.message_id,
        c.conversation_id,
        'reply' as how,
        case when p.posted_at > r.posted_at and p.deleted_at is null then p.message_id end as after_message_id
    from responses as r
    inner join messages as p on r.parent_message_id = p.message_id and r.thread_id = p.thread_id
    inner join conversations as c on p.conversation_id = c.conversation_id

),

mentioned as materialized (

    select r.thread_id, r.message_id, m.handle
    from responses as r
    cross join unnest(r.mentions) as m (handle)

),

mentions as (

    select r.thread_id, r.message_id, n.conversation_id, 'mention' as how, null as after_message_id
    from mentioned as r
    inner join names as n on r.thread_id = n.thread_id and r.handle = n.handle

),

broadcasts as (

    select r.thread_id, r.message_id, c.conversation_id, 'broadcast' as how, null as after_message_id
    from responses as r
    inner join conversations as c on r.thread_id = c.thread_id and r.posted_at >= c.began_at
    where r.parent_message_id is null and r.mentions = '{}'

),

matched as (

    select * from replies
    union all
    select * from mentions
    union all
    select * from broadcasts

)

select distinct on (m.conversation_id, m.message_id)
    m.thread_id,
    m.conversation_id,
    m.message_id,
    m.how,
    p.message_id as after_message_id,
    p.posted_at as after_posted_at,
    p.native_order as after_native_order
from matched as m
left join messages as p on m.after_message_id = p.message_id
order by
    m.conversation_id asc,
    m.message_id asc,
    array_position(array['reply', 'mention', 'broadcast'], m.how) asc
