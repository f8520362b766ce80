{{ config(materialized='view') }}

select
    h.node_id as account_id,
    h.customer_id,
    r.current_customer_id,
    h.valid_from,
    h.valid_to
from {{ source('identity', 'membership_history') }} as h
inner join {{ ref('customer_redirects') }} as r on h.customer_id = r.customer_id
