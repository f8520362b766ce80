{{ config(materialized='view') }}

-- Who may be meant by a number of the CRM, an address or an account that the company's files name. Numbers are of
-- rows of the CRM alone, addresses those that are certain and no box of several people, accounts those whose
-- site lets them be matched.

select
    i.type || ':' || i.value_hash as person,
    split_part(case when a.is_crm then substr(a.node_id, 5) else a.node_id end, ':', 1) as site,
    a.is_crm,
    a.anchor_id,
    a.customer_id
from {{ ref('int_account_identifiers') }} as i
inner join {{ ref('int_anchors') }} as a on i.node_id = a.node_id
where
    i.is_deterministic
    and case i.type
        when 'customer_number' then a.is_crm
        when 'email' then not {{ is_blocked('i') }}
    end
union all
select
    'account:' || node_id as person,
    split_part(node_id, ':', 1) as site,
    is_crm,
    anchor_id,
    customer_id
from {{ ref('int_anchors') }}
where not is_crm
