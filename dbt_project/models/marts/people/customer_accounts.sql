{{ config(
    unique_key='account_id',
    indexes=[{'columns': ['account_id'], 'unique': true}, {'columns': ['customer_id']}]
) }}

-- Accounts that moved, their threads and customers are touched by identify, before any model of this stage runs.

select
    node_id as account_id,
    customer_id,
    how,
    evidence
from {{ touched_rows(ref('stg_identity__memberships'), 'node_id', 'account') }} as m
where not is_crm
