{{ config(materialized='view') }}

-- The last word of people on each task of a message, unless it takes back the one before.

with last as (

    select distinct on (message_id, task) * from {{ ref('stg_decisions__labels') }}
    order by message_id asc, task asc, label_id desc

)

select
    message_id,
    task,
    value
from last
where value is not null
