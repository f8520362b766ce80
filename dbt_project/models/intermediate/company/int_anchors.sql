{{ config(materialized='view') }}

-- Who an account is for certain: the row of the CRM that it shares a certain identifier with, or that a person
-- said it is; else itself. What joins two accounts as likely is no such thing, nor what is shared with a third. Of
-- sites that may not be joined, nothing.

with nodes as (

    select
        p.node_id,
        m.customer_id,
        p.is_crm
    from {{ ref('int_account_profiles') }} as p
    inner join {{ ref('stg_identity__memberships') }} as m on p.node_id = m.node_id
    where p.can_join

),

given as (

    select
        n.node_id,
        n.customer_id,
        n.is_crm,
        i.type,
        i.value_hash
    from nodes as n
    inner join {{ ref('int_account_identifiers') }} as i on n.node_id = i.node_id
    where i.is_deterministic and not {{ is_blocked('i') }}

),

joined as (

    select
        one,
        other
    from {{ source('identity', 'standing_decisions') }}
    where verdict = 'same'
    union all
    select
        other as one,
        one as other
    from {{ source('identity', 'standing_decisions') }}
    where verdict = 'same'

),

certain as (

    select
        a.node_id,
        c.node_id as anchor_id
    from given as a
    inner join given as c
        on a.customer_id = c.customer_id and a.type = c.type and a.value_hash = c.value_hash and c.is_crm
    where not a.is_crm
    union all
    select
        a.node_id,
        c.node_id as anchor_id
    from joined as d
    inner join nodes as a on d.one = a.node_id and not a.is_crm
    inner join nodes as c on d.other = c.node_id and c.is_crm and a.customer_id = c.customer_id

)

select
    n.node_id,
    n.customer_id,
    n.is_crm,
    coalesce(min(c.anchor_id), n.node_id) as anchor_id
from nodes as n
left join certain as c on n.node_id = c.node_id
group by n.node_id, n.customer_id, n.is_crm
