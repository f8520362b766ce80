{{ config(
    unique_key='day',
    indexes=[{'columns': ['day', 'channel', 'source', 'kpi'], 'unique': true}]
) }}

with moments as (

    {% for of in ['messages', 'waits'] %}
        {{ kpi_moments(
            of,
            ['day', 'channel', 'source'],
            '1, 2, 3',
            rows=touched_rows(kpi_facts(of).from, kpi_facts(of).day) ~ ' as f'
        ) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

figures as (

    select
        day,
        channel,
        source,
        {{ kpi_figures() }}
    from moments
    where n > 0

)

select
    day,
    channel,
    source,
    kpi,
    value::numeric(14, 6) as value,
    n,
    low::numeric(14, 6) as low,
    high::numeric(14, 6) as high
from figures
