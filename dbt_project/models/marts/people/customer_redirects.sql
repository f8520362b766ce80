{{ config(materialized='view') }}

-- Every id that a customer was ever given leads to the one that it has now: links of long ago still open.

with recursive led as (

    select
        customer_id,
        customer_id as current_customer_id,
        merged_into,
        status
    from {{ source('identity', 'customers') }}
    union all
    select
        l.customer_id,
        c.customer_id as current_customer_id,
        c.merged_into,
        c.status
    from led as l
    inner join {{ source('identity', 'customers') }} as c on l.merged_into = c.customer_id

)

select
    customer_id,
    current_customer_id,
    status
from led
where merged_into is null
