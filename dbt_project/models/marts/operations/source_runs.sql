{{ config(materialized='view') }}

select
    run_id,
    source,
    status,
    started_at,
    finished_at,
    round(extract(epoch from (finished_at - started_at)), 3)::numeric(14, 3) as seconds,
    pages,
    read,
    new,
    changed,
    unchanged,
    repaired,
    rejected,
    error
from {{ source('ops', 'runs') }}
