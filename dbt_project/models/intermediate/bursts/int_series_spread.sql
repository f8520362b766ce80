{{ config(
    unique_key='spread_day',
    pre_hook="{{ touch_spread_days() if is_incremental() }}",
    indexes=[{'columns': ['spread_day']}, {'columns': ['series_id', 'spread_day', 'hours'], 'unique': true}]
) }}

-- By how much more than chance the counts of a series stray from what was expected, day by day and window by
-- window. One window counts 100 at most: a crisis must not hide the next one for a month.

with windows as materialized (

    {{ windows_summed('spread_day', ref('int_series_expected')) }}

)

select
    w.series_id,
    w.spread_day,
    h.hours,
    round(sum(least((h.x - h.m) ^ 2 / h.m, 100))::numeric, 3)::numeric(14, 3) as strayed,
    count(*)::integer as windows
from windows as w
cross join
    lateral (
        values
        {% for hours in burst_windows() -%}
            ({{ hours }}, w.x_{{ hours }}::float8, w.m_{{ hours }}::float8){{ ',' if not loop.last }}
        {% endfor %}
    ) as h (hours, x, m)
where h.m > 0 and {{ is_touched('w.spread_day', 'spread_day') }}
group by w.series_id, w.spread_day, h.hours
