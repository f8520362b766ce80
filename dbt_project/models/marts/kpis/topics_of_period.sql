{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'first date, last date, ' ~ scope_arguments(),
        'returns': 'topic text, messages integer, accounts integer, complaints integer, net_sentiment numeric, n integer'
    }
) }}

-- A message counts once for each topic that it names, noise for none.

with named as (

    select distinct
        n.value as topic,
        n.message_id
    from {{ ref('message_mentions') }} as n
    where n.kind = 'topic'

),

said as (

    select
        message_id,
        account_id,
        intent,
        second_intent,
        case sentiment when 'positive' then 1 when 'neutral' then 0 when 'negative' then -1 end as score
    from {{ ref('fct_messages') }}
    where
        direction = 'customer'
        and not is_noise
        and day between first and last
        and {{ in_scope() }}

)

select
    named.topic,
    count(*)::integer as messages,
    count(distinct said.account_id)::integer as accounts,
    (count(*) filter (where 'complaint' in (said.intent, said.second_intent)))::integer as complaints,
    round(100 * avg(said.score), 1) as net_sentiment,
    count(said.score)::integer as n
from said
inner join named on said.message_id = named.message_id
group by named.topic
order by count(*) desc, named.topic asc
