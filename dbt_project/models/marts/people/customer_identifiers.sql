{{ config(
    unique_key='customer_id',
    indexes=[{'columns': ['customer_id']}, {'columns': ['type', 'value_hash']}]
) }}

select
    m.customer_id,
    case when not m.is_crm then m.node_id end as account_id,
    i.type,
    i.masked,
    i.value_hash,
    i.how_known
from {{ touched_rows(ref('stg_identity__memberships'), 'customer_id') }} as m
inner join {{ looked_up(ref('int_account_identifiers'), 'i', 'm.node_id = i.node_id') }}
where
    (m.is_crm or i.type <> 'handle') -- an account's own handle stands in dim_accounts
    and i.type not in ('birth_date', 'birth_part') -- compared, never shown
