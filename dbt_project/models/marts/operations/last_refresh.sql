{{ config(materialized='view') }}

select
    refresh_id,
    status,
    is_full,
    as_of,
    started_at,
    finished_at,
    batches,
    error
from {{ source('ops', 'refreshes') }}
order by refresh_id desc
limit 1
