{{ config(materialized='view') }}

select distinct
    o.customer_id,
    t.customer_id as other_customer_id
from {{ source('identity', 'households') }} as h
cross join lateral (values (h.one, h.other), (h.other, h.one)) as pair (one, other)
inner join {{ source('identity', 'memberships') }} as o on pair.one = o.node_id
inner join {{ source('identity', 'memberships') }} as t on pair.other = t.node_id
where o.customer_id <> t.customer_id
