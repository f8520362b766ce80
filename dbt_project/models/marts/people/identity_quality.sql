{{ config(materialized='view') }}

-- How far customers are made out, as figures that a person can follow from week to week.

with sizes as (

    select
        customer_id,
        count(*) filter (where not is_crm) as accounts,
        bool_or(is_crm) as is_known
    from {{ source('identity', 'memberships') }}
    group by customer_id

),

last_run as (

    select * from {{ source('identity', 'runs') }}
    order by run_id desc
    limit 1

),

sized as (

    select
        sum(accounts) as accounts,
        count(*) filter (where accounts > 0) as customers_with_accounts,
        count(*) filter (where is_known) as customers_in_the_crm,
        count(*) filter (where is_known and accounts > 0) as customers_of_both,
        count(*) filter (where accounts > 1) as customers_of_several_accounts,
        max(accounts) as accounts_of_the_largest
    from sizes

),

kept_single as (

    select count(*) as accounts_that_policy_keeps_single from {{ ref('int_account_profiles') }}
    where not is_crm and not can_join

),

asked as (

    select count(*) as pairs_to_review from {{ ref('identity_review') }}

),

weighed as (

    select
        count(*) filter (where status = 'joined') as pairs_joined,
        count(*) filter (where status in ('cut', 'blocked')) as pairs_kept_apart
    from {{ source('identity', 'edges') }}

),

flagged as (

    select count(*) as values_that_stand_for_nobody from {{ source('identity', 'blocked_values') }}

),

decided as (

    select count(*) as decisions_in_force from {{ source('identity', 'standing_decisions') }}

)

select
    m.measure,
    coalesce(m.value, 0)::numeric(14, 3) as value
from sized as s
cross join kept_single as k
cross join asked as q
cross join weighed as w
cross join flagged as f
cross join decided as d
left join last_run as r on true
cross join lateral (
    values
    ('accounts', s.accounts),
    ('customers_with_accounts', s.customers_with_accounts),
    ('customers_in_the_crm', s.customers_in_the_crm),
    ('customers_of_both', s.customers_of_both),
    ('customers_of_several_accounts', s.customers_of_several_accounts),
    ('accounts_of_the_largest', s.accounts_of_the_largest),
    ('accounts_that_policy_keeps_single', k.accounts_that_policy_keeps_single),
    ('pairs_to_review', q.pairs_to_review),
    ('pairs_joined', w.pairs_joined),
    ('pairs_kept_apart', w.pairs_kept_apart),
    ('values_that_stand_for_nobody', f.values_that_stand_for_nobody),
    ('decisions_in_force', d.decisions_in_force),
    ('nodes_of_the_last_run', r.nodes),
    ('moved_by_the_last_run', r.moved)
) as m (measure, value)
