{{ config(
    unique_key='calendar_id',
    indexes=[
        {'columns': ['calendar_id', 'opens_at'], 'unique': true},
        {'columns': ['calendar_id', 'seconds_before']}
    ]
) }}

-- A calendar is open whenever the clocks of its zone show an open hour. Between two settings of the clocks an
-- opening is one span of time; the hour that they skip is in no span, the hour that they show twice is in two.
-- Made of seeds alone: an incremental refresh finds no calendar touched and leaves it as it is.

with zones as (

    select distinct zone from {{ ref('calendars') }}
    where {{ is_touched('calendar', 'calendar') }}

),

clocks_set as (

    -- The moments at which a zone's clocks are set, looked for day by day, then by hour, then by minute.
    select z.zone, timestamptz '{{ var("calendars_from") }} 00:00+00' as since_at from zones as z
    union all
    select z.zone, m.at as since_at
    from zones as z
    cross join
        generate_series(
            timestamptz '{{ var("calendars_from") }} 00:00+00', '{{ var("calendars_to") }} 00:00+00', '1 day'
        ) as d (at)
    cross join generate_series(d.at, d.at + interval '23 hours', '1 hour') as h (at)
    cross join generate_series(h.at + interval '1 minute', h.at + interval '1 hour', '1 minute') as m (at)
    where
        {{ utc_offset('d.at', 'z.zone') }} <> {{ utc_offset("(d.at + interval '1 day')", 'z.zone') }}
        and {{ utc_offset('h.at', 'z.zone') }} <> {{ utc_offset("(h.at + interval '1 hour')", 'z.zone') }}
        and {{ utc_offset("(m.at - interval '1 minute')", 'z.zone') }} <> {{ utc_offset('m.at', 'z.zone') }}

),

clocks as (

    select
        zone,
        since_at,
        lead(since_at, 1, '{{ var("calendars_to") }} 00:00+00') over (partition by zone order by since_at)
            as until_at,
        {{ utc_offset('since_at', 'zone') }} as utc_offset
    from clocks_set

),

days as materialized (

    -- The days that the clocks show from one setting to the next.
    select c.*, d.at::date as day
    from clocks as c
    cross join
        generate_series(
            date_trunc('day', (c.since_at at time zone 'UTC') + c.utc_offset),
            (c.until_at at time zone 'UTC') + c.utc_offset, '1 day'
        ) as d (at)

),

hours as (

    select c.calendar, d.*, h.opens, h.closes
    from {{ ref('calendars') }} as c
    inner join {{ ref('opening_hours') }} as h on c.calendar = h.calendar
    inner join days as d on c.zone = d.zone and h.weekday = extract(isodow from d.day)::integer
    where (c.calendar, d.day) not in (select o.calendar, o.day from {{ ref('holidays') }} as o)
    union all
    -- Half a holiday: open all the same, at hours of its own.
    select c.calendar, d.*, o.opens, o.closes
    from {{ ref('calendars') }} as c
    inner join {{ ref('holidays') }} as o on c.calendar = o.calendar
    inner join days as d on c.zone = d.zone and o.day = d.day
    where o.opens is not null

),

openings as (

    select
        calendar as calendar_id,
        zone,
        day,
        greatest((day + opens - utc_offset) at time zone 'UTC', since_at) as opens_at,
        least((day + closes - utc_offset) at time zone 'UTC', until_at) as closes_at
    from hours
    where {{ is_touched('calendar', 'calendar') }}

),

measured as (

    select *, extract(epoch from closes_at - opens_at)::numeric(18, 6) as open_seconds from openings
    where closes_at > opens_at

)

select
    calendar_id,
    zone,
    day,
    opens_at,
    closes_at,
    open_seconds,
    (sum(open_seconds) over (partition by calendar_id order by opens_at) - open_seconds)::numeric(18, 6)
        as seconds_before
from measured
