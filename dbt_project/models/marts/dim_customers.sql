{{ config(
    unique_key='customer_id',
    indexes=[{'columns': ['customer_id'], 'unique': true}]
) }}

with accounts as (

    select c.customer_id, d.*
    from {{ ref('customer_accounts') }} as c
    inner join {{ ref('dim_accounts') }} as d on c.account_id = d.account_id
    where {{ is_touched('c.customer_id', 'customer') }}

)

select
    customer_id,
    (array_agg(coalesce(display_name, handle) order by last_seen_at desc, {{ bytewise('account_id') }}))[1] as name,
    count(*)::integer as accounts,
    array_agg(distinct channel order by channel) as channels,
    min(first_seen_at) as first_seen_at,
    max(last_seen_at) as last_seen_at,
    sum(messages)::integer as messages
from accounts
group by customer_id
