{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'burst text',
        'returns': 'message_id text, conversation_id text, account_id text, customer_id text, channel text, source text,'
            ~ ' thread_id text, posted_at timestamptz, sentiment text, title text, body text, url text'
    }
) }}

with told as (

    {{ messages_of_burst() }}

)

select * from told
order by posted_at asc, {{ bytewise('message_id') }} asc
