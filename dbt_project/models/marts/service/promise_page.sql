{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'first date, last date, ' ~ scope_arguments(),
        'returns': 'month date, channel text, conversations integer, answered_rate numeric, answered_n integer,'
            ~ ' promise_kept_rate numeric, promise_kept_n integer'
    }
) }}

-- What a company would publish, by the same expressions as `kpis`.

with moments as (

    {% for of in ['conversations', 'waits'] %}
        {{ kpi_moments(
            of,
            ["date_trunc('month', day::timestamp)::date as month", 'channel'],
            "date_trunc('month', day::timestamp)::date, channel",
            'day between first and last and ' ~ in_scope(),
            "k.kpi in ('conversations_opened', 'answered_rate', 'promise_kept_rate')"
        ) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

figures as (

    select
        month,
        channel,
        {{ kpi_figures() }}
    from moments

)

select
    month,
    channel,
    coalesce(max(n) filter (where kpi = 'conversations_opened'), 0) as conversations,
    max(value) filter (where kpi = 'answered_rate') as answered_rate,
    coalesce(max(n) filter (where kpi = 'answered_rate'), 0) as answered_n,
    max(value) filter (where kpi = 'promise_kept_rate') as promise_kept_rate,
    coalesce(max(n) filter (where kpi = 'promise_kept_rate'), 0) as promise_kept_n
from figures
group by month, channel
order by month asc, channel asc
