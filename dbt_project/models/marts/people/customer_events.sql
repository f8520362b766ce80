{{ config(materialized='view') }}

select
    e.event_id,
    e.customer_id,
    e.kind,
    e.other_customer_id,
    m.node_id,
    e.cause,
    e.happened_at
from {{ source('identity', 'customer_events') }} as e
left join {{ source('identity', 'memberships') }} as m on e.node_id = m.node_id
