{# Seconds that a calendar was open from its first opening to a moment; NULL without one, or outside its years. #}
{% macro open_seconds(calendar_id, moment) -%}
    (
        select
            o.seconds_before
            + least(extract(epoch from {{ moment }} - o.opens_at), o.open_seconds)
        from {{ ref('int_openings_counted') }} as o
        where
            o.calendar_id = {{ calendar_id }}
            and o.opens_at <= {{ moment }}
            and {{ moment }} < '{{ var("calendars_to") }} 00:00+00'
        order by o.opens_at desc
        limit 1
    )
{%- endmacro %}

{# Minutes that a calendar was open between two moments, to the millisecond: two look-ups and a difference. #}
{% macro open_minutes_between(calendar_id, opened, closed) -%}
    round(
        (
            {{ open_seconds(calendar_id, closed) }}
            - {{ open_seconds(calendar_id, opened) }}
        ) / 60, 3
    )::numeric(14, 3)
{%- endmacro %}

{# The first moment at which a calendar has been open for so many seconds; NULL outside its years. #}
{% macro opening_moment(calendar_id, seconds) -%}
    (
        select o.opens_at + make_interval(secs => ({{ seconds }} - o.seconds_before)::double precision)
        from {{ ref('int_openings_counted') }} as o
        where
            o.calendar_id = {{ calendar_id }}
            and o.seconds_before < {{ seconds }}
            and o.seconds_before + o.open_seconds >= {{ seconds }}
        order by o.seconds_before desc
        limit 1
    )
{%- endmacro %}

{# The day on which a wait `w` opened by the clocks of a calendar; one known by the day only keeps its own. #}
{% macro day_of_calendar(calendar_id, w) -%}
    coalesce(
        case
            when {{ w }}.opening_precision <> 'day'
                then (
                    {{ w }}.opened_at at time zone (
                        select o.zone from {{ ref('int_openings_counted') }} as o
                        where o.calendar_id = {{ calendar_id }}
                        order by o.opens_at  -- the index of calendars and openings is in this order: no scan
                        limit 1
                    )
                )::date
        end, {{ w }}.day
    )
{%- endmacro %}

{# What must be added to UTC to read a zone's clocks at a moment. #}
{% macro utc_offset(moment, zone) -%}
    (({{ moment }} at time zone {{ zone }}) - ({{ moment }} at time zone 'UTC'))
{%- endmacro %}
