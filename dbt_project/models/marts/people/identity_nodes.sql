{{ config(materialized='view') }}

-- What a customer consists of, as each part shows itself: a person who compares two looks at these.

select
    m.node_id,
    m.customer_id,
    m.is_crm,
    p.site,
    p.channel,
    p.name,
    p.handle,
    p.town,
    m.how,
    m.evidence,
    h.valid_from as since
from {{ source('identity', 'memberships') }} as m
inner join {{ ref('int_account_profiles') }} as p on m.node_id = p.node_id
left join {{ source('identity', 'membership_history') }} as h on m.node_id = h.node_id and h.valid_to = 'infinity'
