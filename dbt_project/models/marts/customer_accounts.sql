{{ config(
    unique_key='account_id',
    meta={'touches': {'customer': 'customer_id'}},
    indexes=[{'columns': ['account_id'], 'unique': true}, {'columns': ['customer_id']}]
) }}

-- Every account that ever wrote as a customer has exactly one customer; nothing joins accounts yet.

select distinct
    account_id,
    account_id as customer_id,
    'single' as how
from {{ ref('int_messages_directed') }}
where {{ is_touched('account_id', 'account') }} and direction = 'customer'
