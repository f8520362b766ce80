{{ config(materialized='view') }}

-- Of those who still stand: what was deleted where it was written is nowhere in the marts.

select
    h.node_id as account_id,
    h.customer_id,
    r.current_customer_id,
    h.valid_from,
    h.valid_to
from {{ source('identity', 'membership_history') }} as h
inner join {{ source('identity', 'memberships') }} as m on h.node_id = m.node_id
inner join {{ ref('customer_redirects') }} as r on h.customer_id = r.customer_id
