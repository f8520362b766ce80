{{ config(materialized='view') }}

-- How the company treated a customer. The expressions are those of the KPIs of the same names, over all times.

select
    c.customer_id,
    count(w.promise_kept)::integer as promises_due,
    (count(*) filter (where w.promise_kept))::integer as promises_kept,
    count(w.response_minutes)::integer as responses,
    (percentile_cont(0.5) within group (order by w.response_minutes))::numeric(14, 3) as response_minutes,
    max(w.response_minutes) as longest_response_minutes
from {{ ref('fct_conversations') }} as c
inner join {{ ref('fct_waits') }} as w on c.conversation_id = w.conversation_id
group by c.customer_id
