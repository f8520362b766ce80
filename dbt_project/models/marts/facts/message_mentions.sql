{{ config(
    unique_key='thread_id',
    meta={'touches_changed': {'counted_day': 'day'}},
    indexes=[
        {'columns': ['message_id', 'place'], 'unique': true},
        {'columns': ['thread_id']},
        {'columns': ['kind', 'value', 'day']}
    ]
) }}

-- What messages name. Of a text that changed since it was read, nothing.

with messages as materialized (

    select d.*
    from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as d
    where d.deleted_at is null and d.text_hash is not null

),

understood as materialized (

    select m.*
    from messages as m
    inner join {{ looked_up(
        source('understanding', 'messages'), 'u', 'm.message_id = u.message_id and m.text_hash = u.text_hash'
    ) }}

)

select
    m.message_id,
    n.place,
    m.thread_id,
    m.source,
    m.channel,
    m.direction,
    m.conversation_id,
    m.posted_at,
    m.day,
    n.kind,
    n.value,
    n.span_start,
    n.span_end,
    n.probability,
    n.details
from understood as m
inner join {{ looked_up(source('understanding', 'mentions'), 'n', 'm.message_id = n.message_id') }}
