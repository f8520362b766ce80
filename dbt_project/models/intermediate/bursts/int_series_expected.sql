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

    select * from {{ rows_around(ref('int_series_counted'), 'day', 'expected_day', 30) }} as c

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

levels as (

    -- Messages a day by the hours that are watched on it, as bits.
    select
        l.series_id,
        l.day,
        w.watched,
        sum(24 * coalesce(l.past, 0)::float8 / w.past_hours) as level
    from (
        select
            *,
            sum(messages) over (partition by series_id, source {{ in_its_past('day') }}) as past,
            sum(messages) over (
                partition by series_id, source order by day
                range between interval '30 days' preceding and current row
            ) as known
        from source_days
    ) as l
    inner join watched as w on l.source = w.source and l.day = w.day
    where l.is_wanted and l.known > 0
    group by l.series_id, l.day, w.watched

),

wanted as materialized (

    select distinct series_id, day from levels

),

by_day as (

    select
        series_id,
        day,
        coalesce(sum(messages) over (partition by series_id {{ in_its_past('day') }}), 0)::float8 as past,
        coalesce(
            sum(messages) over (partition by series_id, extract(isodow from day) {{ in_its_past('day') }}), 0
        )::float8 as past_of_weekday,
        is_wanted
    from (
        select series_id, day, sum(messages) as messages, false as is_wanted from counted
        group by series_id, day
        union all
        select series_id, day, 0 as messages, true as is_wanted from wanted
    ) as d

),

by_hour as (

    select
        series_id,
        day,
        hour,
        coalesce(sum(messages) over (partition by series_id, hour {{ in_its_past('day') }}), 0)::float8 as past,
        is_wanted
    from (
        select
            series_id,
            day,
            extract(hour from hour_at at time zone '{{ var("company_zone") }}')::integer as hour,
            messages,
            false as is_wanted
        from counted
        union all
        select w.series_id, w.day, h.hour, 0 as messages, true as is_wanted
        from wanted as w
        cross join generate_series(0, 23) as h (hour)
    ) as d

),

rhythms as materialized (

    select
        h.series_id,
        h.day,
        h.hour,
        (h.past + {{ shrunk }} * (ch.past + 1) / (cd.past + 24)) / (d.past + {{ shrunk }}) as hour_share,
        coalesce(
            (d.past_of_weekday + {{ shrunk }} * cd.past_of_weekday / nullif(cd.past, 0))
            / nullif((d.past + {{ shrunk }}) * k.weekday_share, 0), 1
        ) as weekday_times
    from by_hour as h
    inner join by_day as d on h.series_id = d.series_id and h.day = d.day and d.is_wanted
    inner join by_hour as ch on h.day = ch.day and h.hour = ch.hour and ch.is_wanted and ch.series_id = 'all:all'
    inner join by_day as cd on h.day = cd.day and cd.is_wanted and cd.series_id = 'all:all'
    inner join days as k on h.day = k.day
    where h.is_wanted

),

hours as materialized (

    select
        d.day,
        g.hour_at,
        extract(hour from g.hour_at at time zone '{{ var("company_zone") }}')::integer as hour
    from (select distinct day from wanted) as d
    cross join last_heard as l
    cross join
        generate_series(
            d.day::timestamp at time zone '{{ var("company_zone") }}',
            least((d.day + 1)::timestamp at time zone '{{ var("company_zone") }}' - interval '1 hour', l.last_at),
            interval '1 hour'
        ) as g (hour_at)

),

per_hour as (

    select
        l.series_id,
        h.day,
        h.hour_at,
        h.hour,
        sum(l.level) as level,
        coalesce(sum(l.level) filter (where l.watched >> h.hour & 1 = 1), 0) as level_then,
        bool_or(l.watched >> h.hour & 1 = 1) as is_watched
    from levels as l
    inner join hours as h on l.day = h.day
    group by l.series_id, h.day, h.hour_at, h.hour

),

written as (

    select
        c.series_id,
        c.hour_at,
        sum(c.messages) as messages
    from counted as c
    inner join watched as w on c.source = w.source and c.day = w.day
    where w.past_hours >= 336
    group by c.series_id, c.hour_at

)

select
    p.series_id,
    p.day as expected_day,
    p.hour_at,
    coalesce(w.messages, 0)::integer as messages,
    case
        when p.is_watched
            then round(((p.level_then + 1 / 28.0) * r.hour_share * r.weekday_times)::numeric, 6)
        else 0
    end::numeric(14, 6) as expected,
    round(p.level::numeric, 3)::numeric(14, 3) as level
from per_hour as p
inner join rhythms as r on p.series_id = r.series_id and p.day = r.day and p.hour = r.hour
left join written as w on p.series_id = w.series_id and p.hour_at = w.hour_at
