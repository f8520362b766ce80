{{ config(
    unique_key='thread_id',
    indexes=[
        {'columns': ['resolution_id'], 'unique': true},
        {'columns': ['thread_id']},
        {'columns': ['conversation_id']}
    ]
) }}

-- Resolutions are events: a customer who comes back, or a desk that opens a thread again, reopens and erases none.
-- Between two reopenings a conversation is resolved once at most: by the first status that says so, else by the
-- first silence.

with statuses as (

    select
        *,
        row_number() over in_order as place,
        coalesce(lag(status) over in_order <> status, true) as is_change
    from {{ touched_rows(ref('int_statuses_latest'), 'thread_id') }} as s
    window in_order as (partition by thread_id order by at, native_order, {{ bytewise('status_id') }})

),

conversations as (

    select conversation_id, thread_id, min(posted_at) as began_at
    from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as m
    where direction = 'customer' and deleted_at is null
    group by conversation_id, thread_id

),

events as (

    -- At one moment a silence ends before what breaks it, and a wait opens before a status speaks of it.
    select
        conversation_id,
        thread_id,
        'silence' as kind,
        known_at as at,
        0 as rank,
        0 as place,
        answer_message_id as signal_id,
        answered_at as resolved_at,
        answer_precision as resolved_precision
    from {{ touched_rows(ref('int_silences_found'), 'thread_id') }} as s
    where known_at <= {{ as_of() }}
    union all
    select
        conversation_id,
        thread_id,
        'wait' as kind,
        opened_at as at,
        1 as rank,
        wait_number as place,
        null as signal_id,
        null as resolved_at,
        null as resolved_precision
    from {{ touched_rows(ref('fct_waits'), 'thread_id') }} as w
    union all
    select
        c.conversation_id,
        c.thread_id,
        s.status as kind,
        s.at,
        2 as rank,
        s.place,
        s.status_id as signal_id,
        s.at as resolved_at,
        'second' as resolved_precision
    from conversations as c
    inner join statuses as s on c.thread_id = s.thread_id and c.began_at <= s.at
    where s.status = 'resolved' or s.is_change

),

placed as (

    -- Stretches begin where a wait opens or the desk opens the thread.
    select
        *,
        count(*) filter (where kind in ('wait', 'open')) over in_order as stretch,
        max(at) filter (where kind = 'open') over in_order as opened_by_desk_at,
        min(at) filter (where kind in ('wait', 'open')) over (
            in_order rows between 1 following and unbounded following
        ) as reopened_at
    from events
    window in_order as (partition by conversation_id order by at, rank, place)

),

resolved as (

    -- No silence helps while the desk holds open what it opened after the answer.
    select distinct on (conversation_id, stretch) *
    from placed
    where
        kind = 'resolved'
        or kind = 'silence'
        and coalesce(opened_by_desk_at <= at - interval '{{ var("resolution_silence_hours") }} hours', true)
    order by conversation_id asc, stretch asc, kind = 'silence' asc, at asc, place asc

)

select
    r.conversation_id || '#' || r.signal_id as resolution_id,
    r.conversation_id,
    (row_number() over (partition by r.conversation_id order by r.stretch))::integer as resolution_number,
    r.thread_id,
    {{ company_day('r.resolved_at') }} as day,
    r.resolved_at,
    r.resolved_precision,
    r.at as known_at,
    case r.kind when 'resolved' then 'status' else r.kind end as how,
    r.signal_id,
    r.reopened_at
from resolved as r
