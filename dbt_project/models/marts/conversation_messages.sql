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
    from {{ ref('int_messages_directed') }}
    where {{ is_touched('thread_id', 'thread') }} and direction = 'customer' and deleted_at is null

),

responses as (

    select conversation_id, message_id, thread_id, how as role
    from {{ ref('int_responses_matched') }}
    where {{ is_touched('thread_id', 'thread') }}

)

select * from own
union all
select * from responses
