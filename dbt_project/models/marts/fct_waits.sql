{{ config(
    unique_key='thread_id',
    indexes=[
        {'columns': ['wait_id'], 'unique': true},
        {'columns': ['thread_id']},
        {'columns': ['day', 'channel']},
        {'columns': ['conversation_id']}
    ],
    post_hook="{{ named_index('fct_waits_undecided', '(promise_due_at) where ' ~ undecided()) }}"
) }}

-- A wait opens at the first answerable message of a conversation when none is open; what the customer adds does
-- not restart it; the next human message of the company to that customer acknowledges it and, until
-- understanding can tell holding answers and redirects apart, answers and closes it. A person's decision closes the
-- wait that its message is in, unless an answer came first; what the customer writes after it opens another.

with questions as materialized (

    select *, 'question' as kind, posted_at as placed_at, native_order as placed_order, message_id as placed_by
    from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as m
    where is_answerable

),

answers as (

    select
        r.conversation_id as answered_conversation_id,
        m.*,
        'answer' as kind,
        coalesce(r.after_posted_at, m.posted_at) as placed_at,
        coalesce(r.after_native_order, m.native_order) as placed_order,
        coalesce(r.after_message_id, m.message_id) as placed_by
    from {{ touched_rows(ref('int_responses_matched'), 'thread_id') }} as r
    inner join {{ looked_up(ref('int_messages_directed'), 'm', 'r.message_id = m.message_id') }}

),

decided as (

    select
        q.conversation_id,
        q.thread_id,
        q.source,
        q.channel,
        q.account_id,
        q.day,
        d.message_id,
        greatest(d.closed_at, q.posted_at) as posted_at,
        q.time_precision,
        'decision' as kind,
        greatest(d.closed_at, q.posted_at) as placed_at,
        q.native_order as placed_order,
        d.message_id as placed_by,
        q.native_order,
        d.decision_id,
        d.verdict
    from {{ ref('int_decisions_standing') }} as d
    inner join questions as q on d.message_id = q.message_id

),

events as (

    {%- set what = 'thread_id, source, channel, account_id, day, message_id, posted_at, time_precision' %}
    {%- set place = 'kind, placed_at, placed_order, placed_by, native_order' %}

    select conversation_id, {{ what }}, {{ place }}, null::bigint as decision_id, null as verdict from questions
    union all
    select answered_conversation_id, {{ what }}, {{ place }}, null as decision_id, null as verdict from answers
    union all
    select conversation_id, {{ what }}, {{ place }}, decision_id, verdict from decided

),

numbered as (

    -- Total order: time, the source's own order, id. A round is what a customer asks up to the answer that ends it.
    select
        *,
        row_number() over in_order as position,
        count(*) filter (where kind = 'answer') over in_order - (kind = 'answer')::int as round
    from events
    window in_order as (
        partition by conversation_id
        order by
            placed_at, placed_order, {{ bytewise('placed_by') }},
            kind = 'answer', kind = 'decision', posted_at, native_order, {{ bytewise('message_id') }}
    )

),

timely as (

    -- A decision that no answer came before.
    select
        *,
        kind = 'decision' and round = min(round) over in_message as is_timely,
        min(position) over in_message as message_position
    from numbered
    window in_message as (partition by conversation_id, message_id)

),

judged as (

    -- One holds where nothing was decided, either, since its message was written.
    select
        *,
        is_timely
        and coalesce(max(position) filter (where is_timely) over before, 0) < message_position
            as is_decided
    from timely
    window before as (
        partition by conversation_id
        order by position
        rows between unbounded preceding and 1 preceding
    )

),

cut as (

    -- A turn is what is asked up to what ends it, an answer or a decision.
    select
        *,
        round + count(*) filter (where is_decided) over in_order - is_decided::int as turn
    from judged
    where is_decided or kind <> 'decision'
    window in_order as (partition by conversation_id order by position)

),

turns as (

    select
        *,
        position = min(position) over in_turn as is_first,
        max(message_id) filter (where kind = 'answer') over in_turn as closing_message_id,
        max(posted_at) filter (where kind = 'answer') over in_turn as answered_at,
        max(time_precision) filter (where kind = 'answer') over in_turn as answer_precision,
        max(decision_id) over in_turn as closing_decision_id,
        max(verdict) over in_turn as closing_verdict,
        max(posted_at) filter (where is_decided) over in_turn as decided_at
    from cut
    window in_turn as (partition by conversation_id, turn)

),

waits as (

    select
        conversation_id,
        row_number() over (partition by conversation_id order by position) as wait_number,
        thread_id,
        source,
        channel,
        account_id,
        day,
        message_id as opening_message_id,
        posted_at as opened_at,
        time_precision as opening_precision,
        closing_message_id,
        answered_at,
        closing_decision_id as decision_id,
        coalesce(closing_verdict, case when answered_at is not null then 'answer' end) as closing_kind,
        coalesce(answered_at, decided_at) as closed_at,
        case
            when closing_verdict = 'outside' then 'answered elsewhere'
            when closing_verdict is not null then 'set aside'
            when answered_at is null then 'no answer'
            when 'day' in (time_precision, answer_precision) then 'day precision'
            when answered_at < posted_at then 'answer before message'
        end as minutes_missing
    from turns
    where is_first and kind = 'question'

),

clocked as (

    select
        w.*,
        h.calendar as opening_calendar,
        case when w.minutes_missing is null then {{ minutes_between('w.opened_at', 'w.answered_at') }} end
            as response_minutes,
        case
            when w.minutes_missing is null
                then {{ open_minutes_between('h.calendar', 'w.opened_at', 'w.answered_at') }}
        end as response_open_minutes
    from waits as w
    left join {{ ref('channel_calendars') }} as h on w.channel = h.channel and {{ in_force('w.day', 'h') }}

),

promised as (

    select
        w.*,
        p.moment as promise_moment,
        p.clock as promise_clock,
        p.minutes as promise_minutes,
        case p.clock
            when 'calendar' then w.opened_at + make_interval(mins => p.minutes)
            when 'opening'
                then
                    {{ opening_moment(
                        'w.opening_calendar', open_seconds('w.opening_calendar', 'w.opened_at') ~ ' + p.minutes * 60'
                    ) }}
        end as promise_due_at
    from clocked as w
    left join {{ ref('promises') }} as p on w.channel = p.channel and {{ in_force('w.day', 'p') }}

)

select
    p.conversation_id || '#' || p.opening_message_id as wait_id,
    p.conversation_id,
    p.wait_number::integer as wait_number,
    p.thread_id,
    p.source,
    p.channel,
    c.customer_id,
    p.day,
    p.opened_at,
    p.opening_precision,
    p.opening_message_id,
    p.answered_at as acknowledged_at,
    p.answered_at,
    p.closed_at,
    p.closing_kind,
    p.closing_message_id,
    p.decision_id,
    p.response_minutes::numeric(14, 3) as response_minutes,
    p.response_open_minutes::numeric(14, 3) as response_open_minutes,
    case
        when p.response_minutes is not null and p.response_open_minutes is null then 'no calendar'
        else p.minutes_missing
    end as minutes_missing,
    p.opening_calendar,
    p.promise_moment,
    p.promise_clock,
    p.promise_minutes,
    p.promise_due_at,
    case
        when
            p.decision_id is null
            and p.promise_due_at <= {{ as_of() }}
            and not coalesce(p.answered_at < p.opened_at, false)
            then coalesce(p.answered_at <= p.promise_due_at, false)
    end as promise_kept
from promised as p
inner join {{ looked_up(ref('customer_accounts'), 'c', 'p.account_id = c.account_id') }}
