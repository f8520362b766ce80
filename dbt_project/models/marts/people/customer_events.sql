{{ config(materialized='view') }}

select
    event_id,
    customer_id,
    kind,
    other_customer_id,
    node_id,
    cause,
    happened_at
from {{ source('identity', 'customer_events') }}
