{{ config(materialized='view') }}

-- What people said of who is who, row by row, with what became of it; taking a row back is told on that row.

select
    d.decision_id,
    d.verdict,
    d.one,
    d.other,
    d.kind,
    d.value,
    d.reason,
    d.decided_by,
    d.decided_at,
    o.customer_id as one_customer_id,
    t.customer_id as other_customer_id,
    coalesce(op.name, op.handle) as one_name,
    op.channel as one_channel,
    coalesce(tp.name, tp.handle) as other_name,
    tp.channel as other_channel,
    u.reason as undone_reason,
    u.decided_by as undone_by,
    u.decided_at as undone_at,
    u.decision_id is null and s.decision_id is not null as is_standing,
    not exists (
        select from {{ source('ops', 'decisions_claimed') }} as c
        inner join {{ source('ops', 'refreshes') }} as r on c.refresh_id = r.refresh_id and r.status = 'done'
        where c.kind = 'identity' and c.decision_id = coalesce(u.decision_id, d.decision_id)
    ) as is_pending
from {{ source('decisions', 'identity') }} as d
left join {{ source('decisions', 'identity') }} as u on d.decision_id = u.undoes
left join {{ source('identity', 'standing_decisions') }} as s on d.decision_id = s.decision_id
left join {{ source('identity', 'memberships') }} as o on d.one = o.node_id
left join {{ source('identity', 'memberships') }} as t on d.other = t.node_id
left join {{ ref('int_account_profiles') }} as op on d.one = op.node_id
left join {{ ref('int_account_profiles') }} as tp on d.other = tp.node_id
where d.verdict <> 'undo'
