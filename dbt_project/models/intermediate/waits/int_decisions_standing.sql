{{ config(materialized='view') }}

-- The last decision on each wait, unless that took back the one before.

with last as (

    select distinct on (message_id) * from {{ ref('stg_decisions__handled') }}
    order by message_id asc, decision_id desc

)

select
    decision_id,
    message_id,
    verdict,
    coalesce(answered_at, decided_at) as closed_at
from last
where verdict <> 'undo'
