{{ config(materialized='view') }}

-- Contacts that the company began, with the customer where the file's word is certain. A view: who a number or an
-- address belongs to changes without the contact. Never by a likely link, never where a policy forbids to match.

with contacts as (

    select
        c.*,
        c.persons[1] as person,
        coalesce(cardinality(c.persons), 0) as names
    from {{ ref('int_contacts_latest') }} as c
    cross join {{ refreshed() }} as r
    where coalesce(c.kept_until > r.as_of, true)

),

resolved as (

    select * from {{ persons_resolved('contacts') }} as p

)

select
    c.contact_id,
    case when c.can_join and c.names = 1 and p.candidates = 1 then p.customer_id end as customer_id,
    case when c.can_join and c.names = 1 and p.candidates = 1 then p.anchor_id end as anchor_id,
    case
        when not c.can_join then 'policy'
        when c.names > 1 then 'names several'
        when p.candidates is null then 'unknown'
        when p.candidates > 1 then 'ambiguous'
    end as unresolved,
    split_part(c.person, ':', 1) as named_by,
    c.source,
    c.channel,
    c.kind,
    c.campaign,
    coalesce(e.service_event_id, o.service_event_id) as service_event_id,
    c.native_event,
    c.consent,
    c.contacted_at,
    {{ company_day('c.contacted_at') }} as day,
    c.body,
    c.text_withheld
from contacts as c
left join resolved as p on c.person = p.person and c.site = p.site
left join {{ ref('fct_service_events') }} as e on c.service_event_id = e.service_event_id
left join {{ ref('fct_service_events') }} as o on c.native_event = o.service_event_id
