{{ config(materialized='view') }}

-- Customers as they were made out last, with what people decided since: what the next refresh will make of it, as
-- far as the decision alone says. Who is taken out of a customer has the id that they had before, if they had one;
-- else none until the next refresh draws it.

with recursive pending as (

    select
        d.decision_id,
        coalesce(u.verdict, d.verdict) as verdict,
        d.verdict = 'undo' as is_undone,
        coalesce(u.one, d.one) as one,
        coalesce(u.other, d.other) as other
    from {{ source('decisions', 'identity') }} as d
    left join {{ source('decisions', 'identity') }} as u on d.verdict = 'undo' and d.undoes = u.decision_id
    where
        not exists (
            select from {{ source('ops', 'decisions_claimed') }} as c
            inner join {{ source('ops', 'refreshes') }} as r on c.refresh_id = r.refresh_id and r.status = 'done'
            where c.kind = 'identity' and c.decision_id = d.decision_id
        )

),

last_of_pair as (

    select distinct on (least(one, other), greatest(one, other)) *
    from pending
    where verdict in ('same', 'not_same')
    order by least(one, other) asc, greatest(one, other) asc, decision_id desc

),

decided as (

    select
        p.decision_id,
        o.node_id as one,
        t.node_id as other,
        o.customer_id as one_customer_id,
        t.customer_id as other_customer_id,
        o.is_crm as one_is_crm,
        t.is_crm as other_is_crm,
        case
            when p.verdict = 'same' then not p.is_undone
            else p.is_undone and exists (
                select from {{ source('identity', 'membership_history') }} as a
                inner join {{ source('identity', 'membership_history') }} as b on a.customer_id = b.customer_id
                where a.node_id = o.node_id and b.node_id = t.node_id
            )
        end as is_same
    from last_of_pair as p
    inner join {{ source('identity', 'memberships') }} as o on p.one = o.node_id
    inner join {{ source('identity', 'memberships') }} as t on p.other = t.node_id

),

joins as (

    select decision_id, one_customer_id as customer_id, other_customer_id as beside from decided
    where is_same and one_customer_id <> other_customer_id
    union
    select decision_id, other_customer_id, one_customer_id from decided
    where is_same and one_customer_id <> other_customer_id

),

reached as (

    select customer_id, customer_id as beside from joins
    union
    select r.customer_id, j.beside
    from reached as r
    inner join joins as j on r.beside = j.customer_id

),

merged as (

    -- The customer of the CRM, else the oldest, keeps its id.
    select distinct on (r.customer_id)
        r.customer_id,
        c.customer_id as becomes
    from reached as r
    inner join {{ source('identity', 'customers') }} as c on r.beside = c.customer_id
    order by r.customer_id asc, c.anchor is null asc, c.issued asc

),

parted as (

    -- Of two who are not one, the row of the CRM stays, else who is parted from fewer (who is split off is parted
    -- from all others), else who has more links that join it, else who was there first.
    select distinct on (leaver.node_id)
        leaver.node_id,
        d.decision_id,
        (
            select h.customer_id from {{ source('identity', 'membership_history') }} as h
            inner join {{ source('identity', 'customers') }} as c
                on h.customer_id = c.customer_id and c.status = 'merged'
            where h.node_id = leaver.node_id and h.customer_id <> d.one_customer_id
            order by h.valid_to desc
            limit 1
        ) as becomes
    from decided as d
    cross join
        lateral (
            select h.node_id from {{ source('identity', 'membership_history') }} as h
            where h.node_id in (d.one, d.other) and h.valid_to = 'infinity'
            order by
                (case when h.node_id = d.one then d.one_is_crm else d.other_is_crm end) asc,
                (
                    select count(*) from decided as x
                    where
                        not x.is_same and x.one_customer_id = x.other_customer_id
                        and h.node_id in (x.one, x.other)
                ) desc,
                (
                    select count(*) from {{ source('identity', 'edges') }} as e
                    where h.node_id in (e.one, e.other) and e.status = 'joined'
                ) asc,
                h.valid_from desc, h.node_id desc
            limit 1
        ) as leaver
    where not d.is_same and d.one_customer_id = d.other_customer_id
    order by leaver.node_id asc, d.decision_id desc

)

select
    m.node_id as account_id,
    case
        when p.node_id is not null then p.becomes
        else coalesce(g.becomes, m.customer_id)
    end as customer_id,
    m.customer_id as made_out_customer_id,
    m.how,
    m.evidence,
    p.node_id is not null or coalesce(g.becomes <> m.customer_id, false) as is_pending
from {{ source('identity', 'memberships') }} as m
left join parted as p on m.node_id = p.node_id
left join merged as g on m.customer_id = g.customer_id
where not m.is_crm
