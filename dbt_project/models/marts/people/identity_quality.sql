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

)

select
    measure,
    coalesce(value, 0)::numeric(14, 3) as value
from (
    select
        sum(accounts) as accounts,
        count(*) filter (where accounts > 0) as customers_with_accounts,
        count(*) filter (where is_known) as customers_in_the_crm,
        count(*) filter (where is_known and accounts > 0) as customers_of_both,
        count(*) filter (where accounts > 1) as customers_of_several_accounts,
        max(accounts) as accounts_of_the_largest,
        (select count(*) from {{ ref('int_account_profiles') }} where not is_crm and not can_join)
            as accounts_that_policy_keeps_single,
        (select count(*) from {{ ref('identity_review') }}) as pairs_to_review,
        (select count(*) from {{ source('identity', 'edges') }} where status = 'joined') as pairs_joined,
        (select count(*) from {{ source('identity', 'edges') }} where status in ('cut', 'blocked')) as pairs_kept_apart,
        (select count(*) from {{ source('identity', 'blocked_values') }}) as values_that_stand_for_nobody,
        (select count(*) from {{ source('identity', 'standing_decisions') }}) as decisions_in_force,
        (select nodes from last_run) as nodes_of_the_last_run,
        (select moved from last_run) as moved_by_the_last_run
    from sizes
) as counted
cross join lateral (
    values
    ('accounts', accounts),
    ('customers_with_accounts', customers_with_accounts),
    ('customers_in_the_crm', customers_in_the_crm),
    ('customers_of_both', customers_of_both),
    ('customers_of_several_accounts', customers_of_several_accounts),
    ('accounts_of_the_largest', accounts_of_the_largest),
    ('accounts_that_policy_keeps_single', accounts_that_policy_keeps_single),
    ('pairs_to_review', pairs_to_review),
    ('pairs_joined', pairs_joined),
    ('pairs_kept_apart', pairs_kept_apart),
    ('values_that_stand_for_nobody', values_that_stand_for_nobody),
    ('decisions_in_force', decisions_in_force),
    ('nodes_of_the_last_run', nodes_of_the_last_run),
    ('moved_by_the_last_run', moved_by_the_last_run)
) as m (measure, value)
