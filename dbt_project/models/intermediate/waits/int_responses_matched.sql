{{ config(
    unique_key='thread_id',
    indexes=[{'columns': ['thread_id']}, {'columns': ['message_id']}, {'columns': ['conversation_id']}]
) }}

-- Which conversations a human message of the company speaks to. A reply is to the customer whose message it
-- answers, else to the nearest one above: a bot's receipt, a colleague's message or the company's own may stand
-- between. A mention is to whom it names. With neither, and in a thread of one customer always, it is to all who
-- had begun. What was not public is no answer to a customer who only wrote in public and is not named: a note
-- among colleagues.

with recursive messages as materialized (

    select
        m.*,
        p.placed_at,
        p.place,
        coalesce(p.parent_message_id, m.parent_message_id) as answered_message_id
    from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as m
    left join {{ touched_rows(ref('int_messages_placed'), 'thread_id') }} as p on m.message_id = p.message_id

),

responses as (

    select * from messages
    where direction = 'brand' and deleted_at is null

),

conversations as (

    select
        thread_id,
        conversation_id,
        min(place) as began_at_place,
        bool_or(not is_public) as wrote_in_private
    from messages
    where direction = 'customer' and deleted_at is null
    group by thread_id, conversation_id

),

customers as (

    select thread_id, min(conversation_id) = max(conversation_id) as is_only_one from messages
    where direction = 'customer'
    group by thread_id

),

spoken as materialized (

    select
        m.message_id,
        m.answered_message_id,
        p.conversation_id,
        m.answered_message_id is null as is_top,
        p.message_id is null or p.direction = 'customer' as is_start
    from messages as m
    left join messages as p on m.answered_message_id = p.message_id and m.thread_id = p.thread_id
    where m.direction <> 'customer'

),

led as (

    -- Down from what answers a customer's message, deleted ones too, or nobody's, to what the company adds below.
    select message_id, conversation_id, is_top from spoken
    where is_start
    union all
    select s.message_id, l.conversation_id, l.is_top
    from led as l
    inner join spoken as s on l.message_id = s.answered_message_id
    where not s.is_start

),

names as (

    select m.thread_id, m.account_id, m.conversation_id, alias.name
    from messages as m
    cross join lateral (values (lower(m.handle)), (lower(m.native_account))) as alias (name)
    group by m.thread_id, m.account_id, m.conversation_id, alias.name

),

mentioned as materialized (

    select r.thread_id, r.message_id, r.account_id, mention.name
    from responses as r
    cross join unnest(r.mentions) as mention (name)

),

named as materialized (

    select m.message_id, n.conversation_id
    from mentioned as m
    inner join names as n on m.thread_id = n.thread_id and m.name = n.name and m.account_id <> n.account_id

),

naming as (

    select distinct message_id from named

),

matched as (

    select r.message_id, c.conversation_id, 'reply' as how
    from responses as r
    inner join led as l on r.message_id = l.message_id
    inner join conversations as c on l.conversation_id = c.conversation_id
    where r.is_public or c.wrote_in_private
    union all
    select n.message_id, c.conversation_id, 'mention' as how
    from named as n
    inner join conversations as c on n.conversation_id = c.conversation_id
    union all
    select r.message_id, c.conversation_id, 'broadcast' as how
    from responses as r
    inner join conversations as c on r.thread_id = c.thread_id and r.place > c.began_at_place
    inner join customers as t on r.thread_id = t.thread_id
    left join led as l on r.message_id = l.message_id
    left join naming as n on r.message_id = n.message_id
    where
        (r.is_public or c.wrote_in_private)
        and (t.is_only_one or l.is_top and l.conversation_id is null and n.message_id is null)

)

select distinct on (m.conversation_id, m.message_id)
    r.thread_id,
    m.conversation_id,
    m.message_id,
    m.how,
    r.placed_at,
    r.place
from matched as m
inner join responses as r on m.message_id = r.message_id
order by
    m.conversation_id asc,
    m.message_id asc,
    array_position(array['reply', 'mention', 'broadcast'], m.how) asc
