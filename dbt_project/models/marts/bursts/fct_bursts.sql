{{ config(
    unique_key='series_id',
    indexes=[
        {'columns': ['burst_id'], 'unique': true},
        {'columns': ['series_id']},
        {'columns': ['alarmed_at']}
    ]
) }}

-- Alarming hours of a series that are less than the cooldown apart are one burst. It began where the window that
-- raised the alarm begins, and ended where the rise is most likely to have ended, given how strong it was.

with alarms as (

    select
        *,
        count(*) filter (where is_first) over (
            partition by series_id order by hour_at rows between unbounded preceding and current row
        ) as burst
    from (
        select
            *,
            coalesce(
                hour_at - lag(hour_at) over (partition by series_id order by hour_at)
                > interval '{{ var("burst_cooldown_hours") }} hours', true
            ) as is_first
        from {{ touched_rows(ref('int_bursts_scored'), 'series_id') }} as s
    ) as marked

),

bursts as materialized (

    select
        series_id,
        burst,
        min(hour_at) as first_at,
        max(hour_at) as last_at,
        min(hour_at - (hours - 1) * interval '1 hour') filter (where is_first) as onset_at,
        max(score) as score,
        max(threshold) filter (where is_first) as threshold,
        max(authors) as authors,
        (array_agg(messages / nullif(expected, 0) order by score desc, hour_at asc))[1]::float8 as times
    from alarms
    group by series_id, burst

),

hours as (

    select
        b.series_id,
        b.burst,
        h.hour_at,
        h.messages,
        h.expected,
        sum(h.messages * ln(b.times) - (b.times - 1) * h.expected) over (
            partition by b.series_id, b.burst order by h.hour_at rows between unbounded preceding and current row
        ) as likely
    from bursts as b
    inner join {{ looked_up(
        ref('int_series_expected'), 'h',
        'b.series_id = h.series_id and h.hour_at between b.onset_at and b.last_at'
    ) }}

),

ends as materialized (

    select distinct on (series_id, burst)
        series_id,
        burst,
        hour_at as end_at
    from hours
    order by series_id asc, burst asc, likely desc, hour_at asc

),

sums as (

    select
        h.series_id,
        h.burst,
        e.end_at,
        sum(h.messages) as messages,
        sum(h.expected) as expected,
        max(h.messages) as peak_messages,
        (array_agg(h.hour_at order by h.messages desc, h.hour_at asc))[1] as peak_at
    from hours as h
    inner join ends as e on h.series_id = e.series_id and h.burst = e.burst
    where h.hour_at <= e.end_at
    group by h.series_id, h.burst, e.end_at

),

feelings as (

    select
        e.series_id,
        e.burst,
        sum(c.negative) as negative,
        sum(c.felt) as felt
    from ends as e
    inner join bursts as b on e.series_id = b.series_id and e.burst = b.burst
    inner join {{ looked_up(
        ref('int_series_counted'), 'c',
        'e.series_id = c.series_id and c.hour_at between b.onset_at and e.end_at'
    ) }}
    group by e.series_id, e.burst

)

select
    b.series_id || '/' || to_char(b.first_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24"Z"') as burst_id,
    b.series_id,
    split_part(b.series_id, ':', 1) as kind,
    substr(b.series_id, strpos(b.series_id, ':') + 1) as value,
    b.onset_at,
    b.first_at + interval '1 hour' as alarmed_at,
    s.peak_at,
    s.end_at + interval '1 hour' as end_at,
    b.last_at + interval '1 hour' as last_alarming_at,
    {{ company_day('b.onset_at') }} as first_day,
    {{ company_day('s.end_at') }} as last_day,
    s.messages::integer as messages,
    round(s.expected, 3)::numeric(14, 3) as expected,
    s.peak_messages::integer as peak_messages,
    b.authors,
    b.score::numeric(14, 3) as score,
    b.threshold::numeric(14, 3) as threshold,
    coalesce(f.negative, 0)::integer as negative,
    coalesce(f.felt, 0)::integer as felt,
    round(f.negative::numeric / nullif(f.felt, 0), 6)::numeric(14, 6) as negative_share
from bursts as b
inner join sums as s on b.series_id = s.series_id and b.burst = s.burst
left join feelings as f on b.series_id = f.series_id and b.burst = f.burst
