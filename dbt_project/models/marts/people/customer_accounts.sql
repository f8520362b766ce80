{{ config(
    unique_key='account_id',
    indexes=[{'columns': ['account_id'], 'unique': true}, {'columns': ['customer_id']}],
    pre_hook="{{ touch_accounts_and_their_threads() if is_incremental() }}"
) }}

-- The hook touches threads and accounts, so that every model built by them is either done by now or comes after:
-- those of other stages, and of this one what it depends on.
-- depends_on: {{ ref('int_messages_directed') }}
-- depends_on: {{ ref('dim_accounts') }}

select
    node_id as account_id,
    customer_id,
    how,
    evidence
from {{ touched_rows(ref('int_customers_joined'), 'node_id', 'account') }} as m
where not is_crm
