{{ config(
    unique_key='thread_id',
    indexes=[
        {'columns': ['conversation_id'], 'unique': true},
        {'columns': ['thread_id']},
        {'columns': ['day', 'channel']}
    ]
) }}

-- Conversations whose customer was unhappy at first and got an answer, and how they ended. Only messages whose
-- feeling was read speak; noise does not.

with felt as materialized (

    select
        m.conversation_id,
        (array_agg(m.sentiment order by m.place))[1] as first_sentiment,
        (array_agg(m.sentiment order by m.place desc))[1] as last_sentiment,
        count(*) as messages
    from {{ touched_rows(ref('fct_messages'), 'thread_id') }} as m
    where m.direction = 'customer' and not m.is_noise and m.sentiment is not null
    group by m.conversation_id

),

answered as (

    select conversation_id, min(answered_at) as answered_at
    from {{ touched_rows(ref('fct_waits'), 'thread_id') }} as w
    where answered_at is not null
    group by conversation_id

)

select
    c.conversation_id,
    c.thread_id,
    c.source,
    c.channel,
    c.customer_id,
    c.day,
    c.opened_at,
    a.answered_at,
    f.messages::integer as felt_messages,
    f.last_sentiment,
    f.last_sentiment <> 'negative' as has_recovered
from {{ touched_rows(ref('fct_conversations'), 'thread_id') }} as c
inner join felt as f on c.conversation_id = f.conversation_id
inner join answered as a on c.conversation_id = a.conversation_id
where f.first_sentiment = 'negative'
