{{ config(
    unique_key='thread_id',
    meta={'touches_changed': {'day': 'day'}},
    indexes=[
        {'columns': ['wait_id'], 'unique': true},
        {'columns': ['thread_id']},
        {'columns': ['day', 'channel']},
        {'columns': ['conversation_id']}
    ],
    post_hook=[
        "{{ named_index('fct_waits_undecided', '(promise_due_at) where ' ~ undecided()) }}",
        "{{ named_index('fct_waits_open', '(conversation_id) where closed_at is null') }}",
        "{{ named_index('fct_waits_decided', '(decision_id) where decision_id is not null') }}",
        "{{ named_index('fct_waits_sent_on', \"(customer_id) where closing_kind = 'redirect'\") }}"
    ]
) }}

-- What each wait took, by day and night and in opening hours, to the first word and to the answer, and whether the
-- promise in force when it opened was kept. There is a verdict only where the times tell for certain: all that they
-- can stand for must agree.

with clocked as (

    select
        w.*,
        h.calendar as opening_calendar,
        coalesce(h.day, w.day) as promise_day,
        case when w.minutes_missing is null then {{ minutes_between('w.opened_at', 'w.acknowledged_at') }} end
            as response_minutes,
        case
            when w.minutes_missing is null
                then {{ open_minutes_between('h.calendar', 'w.opened_at', 'w.acknowledged_at') }}
        end as response_open_minutes,
        case
            when w.has_answer_minutes and w.answered_at <> w.acknowledged_at
                then {{ open_minutes_between('h.calendar', 'w.opened_at', 'w.answered_at') }}
        end as later_open_minutes
    from {{ touched_rows(ref('int_waits_opened'), 'thread_id') }} as w
    left join lateral (
        -- The days of a calendar are those of its zone; of several rows the brand's own counts.
        select k.calendar, d.day
        from {{ ref('channel_calendars') }} as k
        cross join lateral (select {{ day_of_calendar('k.calendar', 'w') }} as day) as d
        where {{ holds_for('k', 'w', 'd.day') }}
        order by k.brand_id is null
        limit 1
    ) as h on true

),

promised as (

    select
        w.*,
        p.moment as promise_moment,
        p.clock as promise_clock,
        p.minutes as promise_minutes,
        {{ promise_due('w.opened_by') }} as promise_due_at,
        case
            when w.opened_by > w.opened_at then {{ promise_due('w.opened_at') }}
        end as earliest_due_at
    from clocked as w
    left join lateral (
        select * from {{ ref('promises') }} as k
        where {{ holds_for('k', 'w', 'w.promise_day') }}
        order by k.brand_id is null
        limit 1
    ) as p on true

),

met as (

    -- The moment that the promise speaks of, as exactly as it is known.
    select
        *,
        case promise_moment when 'acknowledged' then acknowledged_at else answered_at end as met_at,
        case promise_moment when 'acknowledged' then acknowledged_by else answered_by end as met_by
    from promised

),

judged as (

    select
        *,
        case
            when promise_due_at is null then null
            when decision_id is not null or closing_kind = 'noise' then 'decided'
            when minutes_missing = 'answer before message' then minutes_missing
            when met_at <= promise_due_at and met_by > coalesce(earliest_due_at, promise_due_at) then 'precision'
        end as verdict_missing
    from met

)

select
    j.conversation_id || '#' || j.opening_message_id as wait_id,
    j.conversation_id,
    j.wait_number,
    j.thread_id,
    j.source,
    j.channel,
    c.customer_id,
    j.day,
    j.opened_at,
    j.opening_precision,
    j.opening_message_id,
    j.acknowledged_at,
    j.answered_at,
    j.closed_at,
    j.closing_kind,
    j.closing_message_id,
    j.closing_status_id,
    j.decision_id,
    j.kind_unsure,
    j.response_minutes::numeric(14, 3) as response_minutes,
    j.response_open_minutes::numeric(14, 3) as response_open_minutes,
    case when j.has_answer_minutes then {{ minutes_between('j.opened_at', 'j.answered_at') }} end::numeric(14, 3)
        as answer_minutes,
    case
        when j.has_answer_minutes and j.answered_at = j.acknowledged_at then j.response_open_minutes
        else j.later_open_minutes
    end::numeric(14, 3) as answer_open_minutes,
    case
        when j.response_minutes is not null and j.response_open_minutes is null then 'no calendar'
        else j.minutes_missing
    end as minutes_missing,
    j.opening_calendar,
    j.promise_moment,
    j.promise_clock,
    j.promise_minutes,
    j.promise_due_at,
    case
        when j.verdict_missing is null and j.promise_due_at <= {{ as_of() }}
            then coalesce(j.met_at <= j.promise_due_at, false)
    end as promise_kept,
    case
        when j.verdict_missing is null and j.promise_due_at <= {{ as_of() }}
            then
                coalesce(
                    coalesce(j.met_at, case j.closing_kind when 'redirect' then j.closed_at end)
                    <= j.promise_due_at, false
                )
    end as promise_kept_or_sent_on,
    j.verdict_missing
from judged as j
inner join {{ looked_up(ref('customer_accounts'), 'c', 'j.account_id = c.account_id') }}
