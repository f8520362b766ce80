{{ config(materialized='view') }}

-- The evidence, pair by pair, with what people decided of it since.

select
    e.one,
    e.other,
    o.customer_id as one_customer_id,
    t.customer_id as other_customer_id,
    case
        when d.verdict = 'same' then 'joined'
        when d.verdict = 'not_same' then 'blocked'
        else e.status
    end as status,
    e.probability::numeric(14, 6) as probability,
    e.bits::numeric(14, 3) as bits,
    e.evidence,
    e.rule,
    e.rule_version,
    e.run_id,
    d.verdict,
    d.decided_by,
    d.decided_at,
    d.decision_id
from {{ source('identity', 'edges') }} as e
left join {{ source('identity', 'memberships') }} as o on e.one = o.node_id
left join {{ source('identity', 'memberships') }} as t on e.other = t.node_id
left join {{ source('identity', 'standing_decisions') }} as d
    on e.one = d.one and e.other = d.other and d.verdict in ('same', 'not_same')
