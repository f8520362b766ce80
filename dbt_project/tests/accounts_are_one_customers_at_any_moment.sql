-- Each account is one customer's at any moment, and at this one that which customer_accounts_now starts from.

with at_moment as (

    select * from {{ ref('customer_accounts_at') }}(clock_timestamp())

)

select
    h.account_id,
    h.customer_id,
    n.made_out_customer_id
from at_moment as h
inner join {{ ref('customer_accounts_now') }} as n on h.account_id = n.account_id
where h.customer_id <> n.made_out_customer_id
union all
select
    account_id,
    min(customer_id) as customer_id,
    max(customer_id) as made_out_customer_id
from at_moment
group by account_id
having count(*) > 1
