{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'burst text',
        'returns': 'customer_id text, how text, messages integer, last_at timestamptz, is_waiting boolean'
    }
) }}

-- Who is affected: who wrote in the burst (`wrote`), and who named the product or the place of it in the year before and
-- has not written (`silent`): they may be, nobody knows.

with told as (

    select
        t.customer_id,
        count(*)::integer as messages,
        max(t.posted_at) as last_at
    from ({{ messages_of_burst() }}) as t
    where t.customer_id is not null
    group by t.customer_id

),

silent as (

    select
        m.customer_id,
        0 as messages,
        max(m.posted_at) as last_at
    from {{ ref('fct_bursts') }} as b
    inner join {{ ref('message_mentions') }} as n
        on
            n.kind = b.kind
            and n.value = b.value
            and n.day between b.first_day - 365 and b.first_day
            and n.direction = 'customer'
    inner join {{ ref('fct_messages') }} as m on n.message_id = m.message_id
    where b.burst_id = burst and b.kind in ('product', 'place') and m.posted_at < b.onset_at
    group by m.customer_id

),

affected as (

    select customer_id, 'wrote' as how, messages, last_at from told
    union all
    select customer_id, 'silent' as how, messages, last_at from silent
    where customer_id not in (select t.customer_id from told as t)

)

select
    a.customer_id,
    a.how,
    a.messages,
    a.last_at,
    exists (
        select 1 from {{ ref('fct_conversations') }} as c
        where c.customer_id = a.customer_id and c.waiting_since is not null
    ) as is_waiting
from affected as a
order by a.how desc, a.messages desc, {{ bytewise('a.customer_id') }} asc
