{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'moment timestamptz',
        'returns': 'account_id text, customer_id text, current_customer_id text'
    }
) }}

select
    h.node_id as account_id,
    h.customer_id,
    r.current_customer_id
from {{ source('identity', 'membership_history') }} as h
inner join {{ ref('customer_redirects') }} as r on h.customer_id = r.customer_id
where h.valid_from <= moment and moment < h.valid_to
