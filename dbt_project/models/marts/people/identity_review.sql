{{ config(materialized='view') }}

-- Pairs that nobody decided: those that a person should look at first are of people who write most, and as likely
-- one as two.

-- The pairs of identity_links, read where they are kept: Postgres knows how many are to review.
with open_pairs as (

    select
        e.one,
        e.other,
        o.customer_id as one_customer_id,
        t.customer_id as other_customer_id,
        e.probability::numeric(14, 6) as probability,
        e.bits::numeric(14, 3) as bits,
        e.evidence
    from {{ source('identity', 'edges') }} as e
    inner join {{ source('identity', 'memberships') }} as o on e.one = o.node_id
    inner join {{ source('identity', 'memberships') }} as t on e.other = t.node_id
    where
        e.status = 'review' and o.customer_id <> t.customer_id
        and not exists (
            select from {{ source('identity', 'standing_decisions') }} as d
            where e.one = d.one and e.other = d.other and d.verdict in ('same', 'not_same')
        )

)

select
    p.one,
    p.other,
    p.one_customer_id,
    p.other_customer_id,
    o.name as one_name,
    o.handle as one_handle,
    o.channel as one_channel,
    t.name as other_name,
    t.handle as other_handle,
    t.channel as other_channel,
    p.probability,
    p.bits,
    p.evidence,
    (
        (coalesce(oc.messages, 0) + coalesce(tc.messages, 0) + 1)
        * 4 * p.probability * (1 - p.probability)
    )::numeric(14, 3) as usefulness
from open_pairs as p
inner join {{ ref('int_account_profiles') }} as o on p.one = o.node_id
inner join {{ ref('int_account_profiles') }} as t on p.other = t.node_id
left join {{ ref('dim_customers') }} as oc on p.one_customer_id = oc.customer_id
left join {{ ref('dim_customers') }} as tc on p.other_customer_id = tc.customer_id
