{{ config(materialized='view') }}

-- Customers who speak well of the company in public, and wait for nothing, as the last refresh knows them.

select
    m.customer_id,
    count(*)::integer as positive_messages,
    count(distinct m.channel)::integer as channels,
    max(m.posted_at) as last_at,
    max(r.as_of) as as_of
from {{ refreshed() }} as r
inner join {{ ref('fct_messages') }} as m
    on m.day >= {{ company_day('r.as_of') }} - 366 and m.posted_at > r.as_of - interval '365 days'
where
    m.direction = 'customer'
    and not m.is_noise
    and m.is_public
    and m.sentiment = 'positive'
    and m.posted_at <= r.as_of
    and m.customer_id not in (
        select c.customer_id from {{ ref('fct_conversations') }} as c
        where c.waiting_since is not null
    )
group by m.customer_id
having count(*) >= {{ var('advocate_messages') }}
