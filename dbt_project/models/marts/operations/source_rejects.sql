{{ config(materialized='view') }}

select
    reject_id,
    source,
    stream,
    locator,
    reason,
    detail,
    rejected_at
from {{ source('raw', 'rejects') }}
