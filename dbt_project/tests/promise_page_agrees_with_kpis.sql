-- What is published is what the KPIs say, and no channel is better than the best or worse than the worst.
with page as (

    select * from {{ ref('promise_page') }}('1990-01-01', '2100-01-01')

),

kpis as (

    select *
    from
        {{ ref('kpis') }}(
            '1990-01-01', '2100-01-01', 'month', array['conversations_opened', 'answered_rate', 'promise_kept_rate']
        )
    where channel is not null

),

spread as (

    select * from {{ ref('continuity') }}('1990-01-01', '2100-01-01')

)

select
    p.month::text as what,
    p.channel,
    k.kpi
from page as p
inner join kpis as k on p.month = k.bucket and p.channel = k.channel
where
    case k.kpi
        when 'conversations_opened' then k.n <> p.conversations
        when 'answered_rate' then (k.value, k.n) is distinct from (p.answered_rate, p.answered_n)
        else (k.value, k.n) is distinct from (p.promise_kept_rate, p.promise_kept_n)
    end

union all

select
    'apart' as what,
    s.worst_channel as channel,
    s.kpi
from spread as s
inner join {{ ref('dim_kpis') }} as d on s.kpi = d.kpi
where
    s.best_n < d.min_n
    or s.worst_n < d.min_n
    or case d.better when 'higher' then s.best < s.worst else s.best > s.worst end
