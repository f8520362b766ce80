{# The end of what a written time stands for: it happened from `moment` on, and before this. A second is exact. #}
{% macro known_by(moment, precision, day) -%}
    case {{ precision }}
        when 'day' then ({{ day }} + 1)::timestamp at time zone '{{ var("company_zone") }}'
        when 'hour' then {{ moment }} + interval '1 hour'
        when 'minute' then {{ moment }} + interval '1 minute'
        else {{ moment }}
    end
{%- endmacro %}

{#
  The moment that a text says. A day without a time of day is that day whatever the zone it was written in: it begins
  at the company's midnight.
#}
{% macro moment_of(written, precision) -%}
    case
        when {{ precision }} = 'day' and {{ written }} like '__________T00:00:00%'
            then left({{ written }}, 10)::timestamp at time zone '{{ var("company_zone") }}'
        else ({{ written }})::timestamptz
    end
{%- endmacro %}

{# When a promise `p` to a wait `w` that opened at a moment falls due: on its clock, NULL where that never opens. #}
{% macro promise_due(moment) -%}
    case p.clock
        when 'calendar' then {{ moment }} + make_interval(mins => p.minutes)
        when 'opening'
            then
                {{ opening_moment(
                    'w.opening_calendar', open_seconds('w.opening_calendar', moment) ~ ' + p.minutes * 60'
                ) }}
    end
{%- endmacro %}

{# Why there are no minutes from the opening of a wait to a moment; NULL where there are. #}
{% macro minutes_missing(moment, by, precision) -%}
    case
        when 'day' in (opening_precision, {{ precision }}) then 'day precision'
        when greatest({{ by }}, {{ moment }} + interval '1 microsecond') <= opened_at then 'answer before message'
        when {{ moment }} < opened_at then 'precision'
    end
{%- endmacro %}
