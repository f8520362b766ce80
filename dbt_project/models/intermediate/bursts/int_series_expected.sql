{{ config(
    unique_key='expected_day',
    pre_hook="{{ touch_expected_days() if is_incremental() }}",
    indexes=[{'columns': ['expected_day']}, {'columns': ['series_id', 'hour_at'], 'unique': true}]
) }}

-- What is written of something in an hour, and what its past lets expect: messages a day, times the hour's share,
-- times what a day of the week has more than others. Both rhythms lean on the company's, the more the less there is
-- of a series. A source counts once it has been read for two weeks of that past; a new one raises no alarm.
{% set shrunk = 60 %}

with counted as materialized (

    select
        series_id,
        source,
        counted_day as day,
        hour_at,
        messages
    from {{ rows_around(ref('int_series_counted'), 'counted_day', 'expected_day', 30) }} as c

),

watched as materialized (

    select
        source,
        watched_day as day,
        watched,
        hours,
        coalesce(sum(hours) over (partition by source {{ in_its_past('watched_day') }}), 0) as past_hours
    from {{ rows_around(ref('int_sources_watched'), 'watched_day', 'expected_day', 30) }} as w

),

old_enough as materialized (

    select coalesce(jsonb_object_agg(source || ' ' || day, true), '{}') as by_day from watched
    where past_hours >= 336

),

last_heard as (

    select max(hour_at) as last_at from {{ ref('int_series_counted') }}
    where series_id = 'all:all'

),

days as (

    -- The days that are wanted, and how often the company's past of each has its day of the week.
    select
        day,
        coalesce(sum(hours) over (partition by extract(isodow from day) {{ in_its_past('day') }}), 0)::float8
        / nullif(sum(hours) over ({{ in_its_past('day') }}), 0) as weekday_share
    from (
        select day, bit_count(bit_or(watched)::bit(24)) as hours
        from watched
        group by day
    ) as w

),

source_days as (

    select
        series_id,
        source,
        day,
        sum(messages) as messages,
        false as is_wanted
    from counted
    group by series_id, source, day
    union all
    select
        p.series_id,
        w.source,
        w.day,
        0 as messages,
        true as is_wanted
    from (select distinct series_id, source from counted) as p
    inner join watched as w on p.source = w.source
    where w.past_hours >= 336 and w.watched > 0 and {{ is_touched('w.day', 'expected_day') }}

),

source_levels as materialized (

    select
        *,
        sum(messages) over (partition by series_id, source {{ in_its_past('day') }}) as past,
        sum(messages) over (
            partition by series_id, source order by day range between interval '30 days' preceding and current row
        ) as known
    from source_days

),

levels as (

    -- Messages a day by the hours that are watched on it, as bits.
    select
        l.series_id,
        l.day,
        w.watched,
        sum(24 * coalesce(l.past, 0)::float8 / w.past_hours) as level
    from source_levels as l
    inner join watched as w on l.source = w.source and l.day = w.day
    where l.is_wanted and l.known > 0
    group by l.series_id, l.day, w.watched

),

by_source as (

    -- What was written in the hour of the day in the past of each day, and of it on the same weekday, by each
    -- source that counts on that day: a new one would bend the rhythm by the days on which it began.
    select
        series_id,
        day,
        hour,
        coalesce(
            sum(messages) over (partition by series_id, source, hour {{ in_its_past('day') }}), 0
        )::float8 as past,
        coalesce(
            sum(messages) over (
                partition by series_id, source, hour, extract(isodow from day) {{ in_its_past('day') }}
            ), 0
        )::float8 as past_of_weekday,
        is_wanted
    from (
        select
            series_id,
            source,
            day,
            extract(hour from hour_at at time zone '{{ var("company_zone") }}')::integer as hour,
            messages,
            false as is_wanted
        from counted
        union all
        select l.series_id, l.source, l.day, h.hour, 0 as messages, true as is_wanted
        from source_levels as l
        cross join generate_series(0, 23) as h (hour)
        where l.is_wanted and l.known > 0
    ) as d

),

by_hour as (

    select
        series_id,
        day,
        hour,
        sum(past) as past,
        sum(past_of_weekday) as past_of_weekday
    from by_source
    where is_wanted
    group by series_id, day, hour

),

of_days as (

    select
        *,
        sum(past) over of_day as day_past,
        sum(past_of_weekday) over of_day as day_past_of_weekday
    from by_hour
    window of_day as (partition by series_id, day)

),

beside_company as (

    -- Looked up by windows, not by joins: these stay fast whatever the planner believes of their sizes.
    select
        *,
        max(past) filter (where series_id = 'all:all') over (partition by day, hour) as company_past,
        max(day_past) filter (where series_id = 'all:all') over (partition by day) as company_day_past,
        max(day_past_of_weekday) filter (where series_id = 'all:all') over (
            partition by day
        ) as company_day_past_of_weekday
    from of_days

),

shares as materialized (

    select jsonb_object_agg(day, weekday_share) as by_day from days

),

rhythms as (

    select
        series_id,
        day,
        hour,
        (past + {{ shrunk }} * (company_past + 1) / (company_day_past + 24))
        / (day_past + {{ shrunk }}) as hour_share,
        coalesce(
            (day_past_of_weekday + {{ shrunk }} * company_day_past_of_weekday / nullif(company_day_past, 0))
            / nullif(
                (day_past + {{ shrunk }})
                * ((select s.by_day ->> beside_company.day::text from shares as s)::float8), 0
            ), 1
        ) as weekday_times
    from beside_company
    where company_past is not null

),

hours_of_levels as (

    select
        l.*,
        g.hour_at,
        extract(hour from g.hour_at at time zone '{{ var("company_zone") }}')::integer as hour
    from levels as l
    cross join last_heard as h
    cross join
        generate_series(
            l.day::timestamp at time zone '{{ var("company_zone") }}',
            least((l.day + 1)::timestamp at time zone '{{ var("company_zone") }}' - interval '1 hour', h.last_at),
            interval '1 hour'
        ) as g (hour_at)

),

per_hour as (

    select
        series_id,
        day,
        hour_at,
        hour,
        sum(level) as level,
        coalesce(sum(level) filter (where watched >> hour & 1 = 1), 0) as level_then,
        bool_or(watched >> hour & 1 = 1) as is_watched
    from hours_of_levels
    group by series_id, day, hour_at, hour

),

gathered as (

    select
        series_id,
        day,
        hour,
        hour_at,
        level,
        level_then,
        is_watched,
        null::float8 as hour_share,
        null::float8 as weekday_times,
        0 as messages
    from per_hour
    union all
    select
        series_id,
        day,
        hour,
        null as hour_at,
        null as level,
        null as level_then,
        null as is_watched,
        hour_share,
        weekday_times,
        0 as messages
    from rhythms
    union all
    select
        c.series_id,
        c.day,
        extract(hour from c.hour_at at time zone '{{ var("company_zone") }}')::integer as hour,
        c.hour_at,
        null as level,
        null as level_then,
        null as is_watched,
        null as hour_share,
        null as weekday_times,
        c.messages
    from counted as c
    where (select jsonb_exists(o.by_day, c.source || ' ' || c.day) from old_enough as o)

),

put_together as (

    select
        *,
        max(hour_share) over of_hour as share,
        max(weekday_times) over of_hour as times
    from gathered
    window of_hour as (partition by series_id, day, hour)

)

select
    series_id,
    day as expected_day,
    hour_at,
    sum(messages)::integer as messages,
    case
        when bool_or(is_watched) then round(((max(level_then) + 1 / 28.0) * max(share) * max(times))::numeric, 6)
        else 0
    end::numeric(14, 6) as expected,
    round(max(level)::numeric, 3)::numeric(14, 3) as level
from put_together
where hour_at is not null and share is not null
group by series_id, day, hour_at
having max(level) is not null
