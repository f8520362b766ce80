{{ config(
    unique_key='source',
    meta={'touches_changed': {'watched_day': 'watched_day'}},
    indexes=[{'columns': ['source']}, {'columns': ['watched_day']}]
) }}

-- Which hours of which days a source can have brought something: from its first message to its last, without its
-- gaps. A gap is no calm: it is a silence in hours in which, in the weeks before, ten messages came or more.

with sources as (

    {% if is_incremental() -%}
        select k.key as source from {{ touched_keys('source') }} as k
    {%- else -%}
        select distinct source from {{ ref('int_series_counted') }}
    {%- endif %}

),

heard as materialized (

    select
        s.source,
        c.hour_at,
        c.counted_day as day,
        lead(c.hour_at) over (partition by s.source order by c.hour_at) as next_at,
        min(c.hour_at) over (partition by s.source) as first_at
    from sources as s
    inner join {{ looked_up(
        ref('int_series_counted'), 'c', "c.series_id = 'all:all' and c.source = s.source"
    ) }}

),

silences as materialized (

    select * from heard
    where next_at > hour_at + interval '2 hours'

),

usual as (

    -- What the same hours brought one to four weeks earlier, in weeks that the source was read already.
    select
        s.source,
        s.hour_at,
        avg(coalesce(before.messages, 0)) as messages,
        count(*) as weeks
    from silences as s
    cross join generate_series(1, 4) as w (weeks)
    cross join
        lateral (
            select sum(c.messages) as messages from {{ ref('int_series_counted') }} as c
            where
                c.series_id = 'all:all'
                and c.source = s.source
                and c.hour_at > s.hour_at - w.weeks * interval '7 days'
                and c.hour_at < s.next_at - w.weeks * interval '7 days'
        ) as before
    where s.hour_at - w.weeks * interval '7 days' >= s.first_at
    group by s.source, s.hour_at

),

missed as (

    select
        s.source,
        {{ company_day('g.hour_at') }} as day,
        bit_or(1 << extract(hour from g.hour_at at time zone '{{ var("company_zone") }}')::integer) as hours
    from silences as s
    inner join usual as u on s.source = u.source and s.hour_at = u.hour_at
    cross join
        generate_series(s.hour_at + interval '1 hour', s.next_at - interval '1 hour', interval '1 hour')
            as g (hour_at)
    where u.weeks >= 2 and u.messages >= 10
    group by s.source, {{ company_day('g.hour_at') }}

),

days as (

    select
        s.source,
        d.day::date as day
    from (
        select source, min(day) as first_day, max(day) as last_day
        from heard
        group by source
    ) as s
    cross join generate_series(s.first_day::timestamp, s.last_day::timestamp, interval '1 day') as d (day)

)

select
    d.source,
    d.day as watched_day,
    16777215 & ~coalesce(m.hours, 0) as watched,
    bit_count((16777215 & ~coalesce(m.hours, 0))::bit(24))::integer as hours
from days as d
left join missed as m on d.source = m.source and d.day = m.day
