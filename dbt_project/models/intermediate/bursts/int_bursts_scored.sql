{{ config(
    unique_key='scored_day',
    meta={'touches': {'series': 'series_id'}},
    pre_hook="{{ touch_scored_days() if is_incremental() }}",
    indexes=[{'columns': ['scored_day']}, {'columns': ['series_id', 'hour_at'], 'unique': true}]
) }}

-- Hours in which a series is alarming: of the windows that end with the hour, the one with the greatest likelihood
-- ratio, over the dispersion of that window's past, reaches the threshold of the series' volume.
{% set enough = 24 %}

with windows as materialized (

    {{ windows_summed('scored_day', ref('int_series_expected')) }}

),

spreads as (

    select
        series_id,
        spread_day,
        hours,
        greatest(
            1,
            (coalesce(sum(strayed) over past, 0) + {{ enough }})
            / (coalesce(sum(windows) over past, 0) + {{ enough }})
        )::float8 as dispersion
    from {{ rows_around(ref('int_series_spread'), 'spread_day', 'scored_day', 30) }} as s
    window past as (partition by series_id, hours {{ in_its_past('spread_day') }})

),

dispersions as materialized (

    select
        series_id,
        {% for hours in burst_windows() -%}
            max(dispersion) filter (where hours = {{ hours }}) as f_{{ hours }},
        {% endfor %}
        spread_day as day
    from spreads
    where {{ is_touched('spread_day', 'scored_day') }}
    group by series_id, spread_day

),

ratios as (

    select
        {% for hours in burst_windows() -%}
            {{ window_score('w.x_' ~ hours, 'w.m_' ~ hours, 'd.f_' ~ hours) }} as g_{{ hours }},
        {% endfor %}
        w.*
    from windows as w
    -- One key for both: by the series alone, each hour would meet each day of it.
    inner join dispersions as d on w.series_id || ' ' || w.scored_day = d.series_id || ' ' || d.day

),

best as materialized (

    select
        *,
        greatest(
            {% for hours in burst_windows() -%}
                g_{{ hours }}{{ ',' if not loop.last }}
            {% endfor %}
        ) as score
    from ratios

),

steps as (

    select
        per_day as from_level,
        threshold as from_threshold,
        lead(per_day) over (order by per_day) as to_level,
        lead(threshold) over (order by per_day) as to_threshold
    from {{ ref('burst_thresholds') }}

),

reached as materialized (

    -- Thresholds lie on a line between those of the seed, by the logarithm of the volume.
    select
        b.*,
        case
            when s.to_level is null or b.level <= s.from_level then s.from_threshold
            else
                s.from_threshold + (s.to_threshold - s.from_threshold)
                * ln(b.level / s.from_level) / ln(s.to_level / s.from_level)
        end as threshold,
        case
            {%- for hours in burst_windows() %}
                when b.g_{{ hours }} = b.score then {{ hours }}
            {%- endfor %}
        end as hours
    from best as b
    inner join steps as s
        on
            greatest(b.level, (select min(t.per_day) from {{ ref('burst_thresholds') }} as t)) >= s.from_level
            and (s.to_level is null or b.level < s.to_level)
    where b.score >= (select min(t.threshold) from {{ ref('burst_thresholds') }} as t)

)

select
    r.series_id,
    r.scored_day,
    r.hour_at,
    r.hours,
    case r.hours
        {%- for hours in burst_windows() %}
            when {{ hours }} then r.x_{{ hours }}
        {%- endfor %}
    end::integer as messages,
    case r.hours
        {%- for hours in burst_windows() %}
            when {{ hours }} then r.m_{{ hours }}
        {%- endfor %}
    end::numeric(14, 6) as expected,
    round(r.score::numeric, 3)::numeric(14, 3) as score,
    round(r.threshold::numeric, 3)::numeric(14, 3) as threshold,
    a.authors
from reached as r
cross join
    lateral (
        select count(distinct u.author)::integer as authors
        from {{ ref('int_series_counted') }} as c
        cross join unnest(c.authors) as u (author)
        where
            c.series_id = r.series_id
            and c.hour_at > r.hour_at - r.hours * interval '1 hour'
            and c.hour_at <= r.hour_at
    ) as a
where
    r.score >= r.threshold
    and a.authors >= {{ var('burst_authors') }}
    and {{ is_touched('r.scored_day', 'scored_day') }}
