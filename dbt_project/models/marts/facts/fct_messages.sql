{{ config(
    unique_key='thread_id',
    meta={'touches_changed': {'day': 'day', 'counted_day': 'day'}},
    indexes=[
        {'columns': ['message_id'], 'unique': true},
        {'columns': ['thread_id']},
        {'columns': ['day', 'channel']},
        {'columns': ['account_id']},
        {'columns': ['customer_id']},
        {'columns': ['conversation_id']}
    ],
    post_hook="{{ named_index('fct_messages_words',
        \"using gin (to_tsvector('simple', \" ~ words_folded(\"coalesce(title, '') || ' ' || coalesce(body, '')\") ~ '))') }}"
) }}

with directed as (

    select * from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as m
    where deleted_at is null

),

spoken_to as (

    -- The conversation that a message of the company replies to; one that speaks to several without naming
    -- any belongs to none here, the bridge has them all.
    select
        r.message_id,
        (array_agg(r.conversation_id order by (r.how = 'mention')::int, {{ bytewise('r.conversation_id') }}))[1]
            as conversation_id
    from {{ touched_rows(ref('int_responses_matched'), 'thread_id') }} as r
    group by r.message_id
    having count(*) = 1 or bool_or(r.how <> 'broadcast')

)

select
    d.message_id,
    d.site,
    d.source,
    d.channel,
    d.account_id,
    a.customer_id,
    coalesce(d.conversation_id, s.conversation_id) as conversation_id,
    d.thread_id,
    d.parent_message_id,
    d.direction,
    d.brand_id,
    coalesce(u.is_answerable, false) as is_answerable,
    coalesce(u.is_noise, false) as is_noise,
    d.posted_at,
    d.day,
    d.time_precision,
    d.native_order,
    p.place,
    m.edited_at,
    case when m.show_text then m.title end as title,
    case when m.show_text then m.body end as body,
    m.body_missing,
    not m.show_text as text_withheld,
    m.url,
    m.is_public,
    m.audience,
    m.reactions,
    m.replies,
    m.shares,
    m.rating,
    m.rating_scale,
    m.language_declared,
    {%- for task in understood_tasks() %}
        u.{{ task }},
        u.{{ task }}_probability,
    {%- endfor %}
    u.evidence,
    u.copy_group_id,
    coalesce(u.corrected, '{}') as corrected,
    u.analyser,
    u.analyser_version
from directed as d
left join {{ touched_rows(ref('int_messages_understood'), 'thread_id') }} as u on d.message_id = u.message_id
inner join {{ looked_up(ref('int_messages_latest'), 'm', 'd.message_id = m.message_id') }}
left join {{ touched_rows(ref('int_messages_placed'), 'thread_id') }} as p on d.message_id = p.message_id
left join spoken_to as s on d.message_id = s.message_id
left join {{ looked_up(
    ref('customer_accounts'), 'a', "d.account_id = a.account_id and d.direction = 'customer'"
) }}
