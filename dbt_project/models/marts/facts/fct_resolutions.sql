{{ config(
    unique_key='thread_id',
    indexes=[
        {'columns': ['resolution_id'], 'unique': true},
        {'columns': ['thread_id']},
        {'columns': ['conversation_id']}
    ]
) }}

-- Resolutions are events: a customer who comes back, or a desk that opens a thread again, reopens and erases none.
-- Between two reopenings a conversation is resolved once at most: by the first status or thanks of the customer
-- that says so, else by the first silence. Each is measured from what began it: a lifelong thread has many.

with statuses as (

    select
        *,
        row_number() over in_order as place,
        coalesce(lag(status) over in_order <> status, true) as is_change
    from {{ standing_statuses() }} as s
    window in_order as (partition by thread_id order by at, native_order, {{ bytewise('status_id') }})

),

conversations as (

    select distinct on (conversation_id)
        conversation_id,
        thread_id,
        source,
        channel,
        posted_at as began_at,
        day as began_day,
        time_precision as began_precision
    from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as m
    where direction = 'customer' and deleted_at is null
    order by conversation_id asc, posted_at asc, native_order asc, {{ bytewise('message_id') }} asc

),

waits as (

    -- Noise that the analyser left out is nobody's coming back.
    select * from {{ touched_rows(ref('fct_waits'), 'thread_id') }} as w
    where closing_kind is distinct from 'noise' or decision_id is not null

),

settled as (

    select m.conversation_id, m.thread_id, m.message_id, m.posted_at, m.time_precision, u.is_answerable
    from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as m
    inner join {{ touched_rows(ref('int_messages_understood'), 'thread_id') }} as u on m.message_id = u.message_id
    where u.is_settled

),

events as (

    -- At one moment a silence ends before what breaks it, and a wait opens before a status or a thanks speaks of
    -- it; who thanks for one thing and asks another thanks first.
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
    from waits
    union all
    select
        conversation_id,
        thread_id,
        'settled' as kind,
        posted_at as at,
        case when is_answerable then 0 else 2 end as rank,
        0 as place,
        message_id as signal_id,
        posted_at as resolved_at,
        time_precision as resolved_precision
    from settled
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
        coalesce(s.time_precision, 'second') as resolved_precision
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

signalled as (

    -- No silence helps while the desk holds open what it opened after the answer.
    select
        *,
        kind in ('resolved', 'settled')
        or kind = 'silence'
        and coalesce(opened_by_desk_at <= at - interval '{{ var("resolution_silence_hours") }} hours', true)
            as is_signal
    from placed

),

chosen as (

    select
        *,
        is_signal
        and row_number() over (
            partition by conversation_id, stretch
            order by is_signal desc, kind = 'silence' asc, at asc, place asc
        ) = 1 as is_resolution
    from signalled

),

numbered as (

    select
        *,
        count(*) filter (where is_resolution) over (
            partition by conversation_id
            order by at, rank, place
            rows between unbounded preceding and 1 preceding
        ) as resolutions_before
    from chosen

),

begun as (

    -- What a resolution ends began with the first wait, else the desk's opening, since the resolution before it.
    select
        *,
        min(place) filter (where kind = 'wait') over of_resolution as first_wait_number,
        min(at) filter (where kind = 'open') over of_resolution as first_opened_by_desk_at,
        min(resolved_precision) filter (where kind = 'open') over of_resolution as opened_by_desk_precision,
        bool_or(kind = 'wait') over (partition by conversation_id) as had_waited
    from numbered
    window of_resolution as (partition by conversation_id, resolutions_before)

),

timed as (

    select
        r.*,
        c.source,
        c.channel,
        case when r.resolutions_before = 0 then c.began_at else coalesce(w.opened_at, r.first_opened_by_desk_at) end
            as began_at,
        case
            when r.resolutions_before = 0 then c.began_day
            else coalesce(w.day, {{ company_day('r.first_opened_by_desk_at') }})
        end as began_day,
        case
            when r.resolutions_before = 0 then c.began_precision
            else coalesce(w.opening_precision, r.opened_by_desk_precision, 'second')
        end as began_precision
    from begun as r
    inner join conversations as c on r.conversation_id = c.conversation_id
    left join waits as w on r.conversation_id = w.conversation_id and r.first_wait_number = w.wait_number
    where r.is_resolution

)

select
    r.conversation_id || '#' || r.signal_id as resolution_id,
    r.conversation_id,
    (r.resolutions_before + 1)::integer as resolution_number,
    r.thread_id,
    r.source,
    r.channel,
    {{ company_day('r.resolved_at') }} as day,
    r.began_at,
    r.began_day,
    r.resolved_at,
    r.resolved_precision,
    case
        when 'day' not in (r.began_precision, r.resolved_precision) and r.resolved_at >= r.began_at
            then {{ minutes_between('r.began_at', 'r.resolved_at') }}
    end::numeric(14, 3) as resolution_minutes,
    r.had_waited,
    r.at as known_at,
    case r.kind when 'resolved' then 'status' when 'settled' then 'thanks' else r.kind end as how,
    r.signal_id,
    r.reopened_at
from timed as r
