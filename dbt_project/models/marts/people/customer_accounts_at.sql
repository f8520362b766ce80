{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'moment timestamptz',
        'returns': 'account_id text, customer_id text, current_customer_id text'
    }
) }}

select
    account_id,
    customer_id,
    current_customer_id
from {{ ref('customer_history') }}
where valid_from <= moment and moment < valid_to
