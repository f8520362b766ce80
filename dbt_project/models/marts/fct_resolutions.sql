{{ config(
    unique_key='thread_id',
    indexes=[
        {'columns': ['resolution_id'], 'unique': true},
        {'columns': ['thread_id']},
        {'columns': ['conversation_id']}
    ]
) }}

-- Resolutions are events: a customer who comes back reopens, and erases none.

with events as (

    select
        conversation_id,
        thread_id,
        answer_message_id as signal_id,
        answered_at as resolved_at,
        answer_precision as resolved_precision,
        known_at,
        'silence' as how
    from {{ ref('int_silences_found') }}
    where {{ is_touched('thread_id', 'thread') }} and known_at <= {{ as_of() }}

),

numbered as (

    select
        *,
        row_number() over in_order as resolution_number,
        lead(known_at, 1, 'infinity') over in_order as next_known_at
    from events
    window in_order as (partition by conversation_id order by known_at, how, {{ bytewise('signal_id') }})

),

reopened as (

    select n.conversation_id, n.resolution_number, min(w.opened_at) as reopened_at
    from numbered as n
    inner join {{ ref('fct_waits') }} as w
        on n.conversation_id = w.conversation_id and n.known_at <= w.opened_at and n.next_known_at > w.opened_at
    where {{ is_touched('w.thread_id', 'thread') }}
    group by n.conversation_id, n.resolution_number

)

select
    n.conversation_id || '#' || n.signal_id as resolution_id,
    n.conversation_id,
    n.resolution_number::integer as resolution_number,
    n.thread_id,
    {{ company_day('n.resolved_at') }} as day,
    n.resolved_at,
    n.resolved_precision,
    n.known_at,
    n.how,
    n.signal_id,
    r.reopened_at
from numbered as n
left join reopened as r
    on n.conversation_id = r.conversation_id and n.resolution_number = r.resolution_number
