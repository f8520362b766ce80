{{ config(materialized='view') }}

-- Who may be told before they have to ask: affected, silent since it began, permitted, under the cap, not yet
-- contacted. One outage may list them, another one too: whoever writes to them contacts them about both.

select
    j.cause_id,
    j.cause,
    j.about,
    j.onset_at,
    j.ended_at,
    j.customer_id,
    case when j.anchor_id like 'crm:%' then {{ given_number_shown('c.customer_number') }} end as crm_number,
    j.why,
    j.channels,
    j.why_permitted,
    j.contacts_7_days,
    j.contacts_30_days,
    count(*) over (partition by j.customer_id)::integer as causes,
    j.as_of
from {{ ref('affected_judged') }} as j
left join lateral (
    select r.customer_number from {{ ref('int_crm_latest') }} as r
    where r.node_id = j.anchor_id
    order by r.batch_id desc, {{ bytewise('r.crm_id') }} asc
    limit 1
) as c on true
where j.left_out is null
