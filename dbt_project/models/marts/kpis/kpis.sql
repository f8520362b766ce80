{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'first date, last date, grain text default null, names text[] default null, '
            ~ scope_arguments() ~ ', at_age interval default null',
        'returns': 'kpi text, bucket date, channel text, value numeric, n integer, low numeric, high numeric'
    }
) }}

with moments as (

    {% for of in kpi_expressions() %}
        {%- set day = kpi_facts(of).day -%}
        {{ kpi_moments(
            of,
            ['greatest(date_trunc(grain, ' ~ day ~ '::timestamp)::date, first) as bucket', 'channel'],
            'grouping sets ((1), (1, 2))',
            day ~ " between first and last and (names is null or names && array['"
                ~ kpi_names(of) | join("', '") ~ "']) and " ~ in_scope(),
            'names is null or k.kpi = any(names)',
            known_facts(of)
        ) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

found as (

    select
        bucket,
        channel,
        {{ kpi_figures() }}
    from moments

),

buckets as (

    -- Where nothing happened there is a row all the same: a name that is missing is no KPI.
    select first as bucket
    where grain is null
    union all
    select greatest(begins::date, first)
    from generate_series(
        date_trunc(grain, first::timestamp), last::timestamp, ('1 ' || grain)::interval
    ) as series (begins)

),

channels_found as (

    select null as channel
    union all
    select distinct found.channel
    from found
    where found.channel is not null

),

listed as (

    -- What has words and no expression is missing, not zero.
    select
        place,
        kpi,
        unit
    from {{ ref('dim_kpis') }}
    where
        (names is null or kpi = any(names))
        and kpi in (
            '{{ kpi_names() | join("',
            '") }}'
        )

),

wanted as (

    select
        buckets.bucket,
        channels_found.channel,
        listed.kpi,
        listed.place,
        listed.unit
    from buckets
    cross join channels_found
    cross join listed

)

select
    w.kpi,
    w.bucket,
    w.channel,
    coalesce(f.value, case when w.unit = 'count' then 0 end) as value,
    coalesce(f.n, 0) as n,
    f.low,
    f.high
from wanted as w
left join found as f on w.kpi = f.kpi and w.bucket = f.bucket and w.channel is not distinct from f.channel
order by w.bucket asc, w.channel asc nulls first, w.place asc
