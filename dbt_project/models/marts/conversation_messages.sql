{{ config(
    unique_key='thread_id',
    indexes=[
        {'columns': ['conversation_id', 'message_id'], 'unique': true},
        {'columns': ['thread_id']},
        {'columns': ['message_id']}
    ]
) }}

with own as (

    select conversation_id, message_id, thread_id, 'customer' as role
    from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as m
    where direction = 'customer' and deleted_at is null

),

responses as (

    select conversation_id, message_id, thread_id, how as role
    from {{ touched_rows(ref('int_responses_matched'), 'thread_id') }} as r

)

select * from own
union all
select * from responses
