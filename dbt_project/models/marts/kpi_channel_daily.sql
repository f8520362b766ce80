{{ config(
    unique_key='day',
    indexes=[{'columns': ['day', 'channel', 'source'], 'unique': true}]
) }}

with messages as (

    select
        day,
        channel,
        source,
        count(*) filter (where direction = 'customer')::integer as customer_messages,
        count(*) filter (where direction = 'brand')::integer as brand_messages,
        count(*) filter (where direction = 'bot')::integer as bot_messages,
        count(distinct account_id) filter (where direction = 'customer')::integer as customer_accounts
    from {{ touched_rows(ref('fct_messages'), 'day') }} as m
    group by day, channel, source

),

waits as (

    select
        day,
        channel,
        source,
        {{ service_kpis() }}
    from {{ touched_rows(ref('fct_waits'), 'day') }} as w
    group by day, channel, source

)

select
    m.day,
    m.channel,
    m.source,
    m.customer_messages,
    m.brand_messages,
    m.bot_messages,
    m.customer_accounts,
    coalesce(w.waits_opened, 0) as waits_opened,
    coalesce(w.waits_counted, 0) as waits_counted,
    coalesce(w.waits_excluded, 0) as waits_excluded,
    coalesce(w.waits_outside, 0) as waits_outside,
    coalesce(w.waits_acknowledged, 0) as waits_acknowledged,
    coalesce(w.waits_answered, 0) as waits_answered,
    coalesce(w.waits_open, 0) as waits_open,
    w.answered_rate,
    w.handled_rate,
    w.excluded_rate,
    coalesce(w.response_minutes_n, 0) as response_minutes_n,
    w.response_minutes_median,
    w.response_minutes_p90,
    coalesce(w.response_open_minutes_n, 0) as response_open_minutes_n,
    w.response_open_minutes_median,
    w.response_open_minutes_p90,
    coalesce(w.first_response_n, 0) as first_response_n,
    w.first_response_minutes_median,
    coalesce(w.promises_due, 0) as promises_due,
    coalesce(w.promises_kept, 0) as promises_kept,
    w.promise_kept_rate
from messages as m
left join waits as w on m.day = w.day and m.channel = w.channel and m.source = w.source
