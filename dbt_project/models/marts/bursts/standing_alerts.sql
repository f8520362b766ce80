{{ config(materialized='view') }}

-- Bursts that somebody may have to look at, as the last refresh knows them: those that go on, and those of the last
-- week that nobody closed. A decision holds for the burst of its series that its hour lies in, however late
-- messages have moved that since.

with standing as (

    select
        b.*,
        r.as_of,
        b.last_alarming_at + interval '{{ var("burst_cooldown_hours") }} hours' > r.as_of as is_going_on
    from {{ ref('fct_bursts') }} as b
    cross join {{ refreshed() }} as r
    where b.alarmed_at <= r.as_of and b.last_alarming_at > r.as_of - interval '7 days'

),

decided as (

    select distinct on (s.burst_id)
        s.burst_id,
        d.verdict,
        d.reason,
        d.decided_by,
        d.decided_at,
        d.snoozed_until
    from standing as s
    inner join {{ ref('stg_decisions__alerts') }} as d
        on s.series_id = d.series_id and s.onset_at <= d.first_at and s.last_alarming_at > d.first_at
    order by s.burst_id asc, d.decision_id desc

)

select
    s.burst_id,
    s.series_id,
    s.kind,
    s.value,
    s.onset_at,
    s.alarmed_at,
    s.peak_at,
    s.end_at,
    s.last_alarming_at,
    s.first_day,
    s.last_day,
    s.messages,
    s.expected,
    s.peak_messages,
    s.authors,
    s.score,
    s.threshold,
    s.negative_share,
    s.felt,
    s.is_going_on,
    case
        when d.verdict = 'snooze' and d.snoozed_until > s.as_of then 'snoozed'
        when d.verdict = 'acknowledge' then 'acknowledged'
        else 'open'
    end as state,
    d.reason,
    d.decided_by,
    d.decided_at,
    d.snoozed_until,
    s.as_of
from standing as s
left join decided as d on s.burst_id = d.burst_id
where d.verdict is distinct from 'close'
