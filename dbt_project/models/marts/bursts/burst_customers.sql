{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'burst text',
        'returns': 'customer_id text, how text, messages integer, last_at timestamptz, is_waiting boolean'
    }
) }}

-- Who is affected: who wrote in the burst (`wrote`), and who named the product or the place of it in the year
-- before and has not written (`silent`): they may be, nobody knows.

with told as (

    select
        t.customer_id,
        count(*)::integer as messages,
        max(t.posted_at) as last_at
    from ({{ messages_of_burst() }}) as t
    where t.customer_id is not null
    group by t.customer_id

),

asked as (

    select * from {{ ref('fct_bursts') }}
    where burst_id = burst and kind in ('product', 'place')

),

silent as (

    select
        m.customer_id,
        0 as messages,
        max(m.posted_at) as last_at
    from asked as b
    inner join {{ ref('message_mentions') }} as n
        on
            b.kind = n.kind
            and b.value = n.value
            and n.day between b.first_day - 365 and b.first_day
            and n.direction = 'customer'
    inner join {{ ref('fct_messages') }} as m on n.message_id = m.message_id
    where m.posted_at < b.onset_at
    group by m.customer_id

),

affected as (

    select
        customer_id,
        'wrote' as how,
        messages,
        last_at
    from told
    union all
    select
        s.customer_id,
        'silent' as how,
        s.messages,
        s.last_at
    from silent as s
    left join told as t on s.customer_id = t.customer_id
    where t.customer_id is null

),

waiting as (

    select distinct a.customer_id
    from affected as a
    inner join {{ ref('fct_conversations') }} as c on a.customer_id = c.customer_id
    where c.waiting_since is not null

)

select
    a.customer_id,
    a.how,
    a.messages,
    a.last_at,
    w.customer_id is not null as is_waiting
from affected as a
left join waiting as w on a.customer_id = w.customer_id
order by a.how desc, a.messages desc, {{ bytewise('a.customer_id') }} asc
