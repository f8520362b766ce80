{{ config(materialized='view') }}

-- How often the company has turned to a customer by itself in the last days, on all channels: contacts that its own
-- files tell of, surveys it asked, and messages to somebody who waits for nothing and has said nothing for a day. A
-- survey that a file tells of as well, within a day, is one. As the last refresh knows it.

with spoken as (

    select
        c.customer_id,
        b.conversation_id,
        m.posted_at as contacted_at,
        r.as_of
    from {{ refreshed() }} as r
    inner join {{ ref('fct_messages') }} as m
        on m.day >= {{ company_day('r.as_of') }} - 31 and m.posted_at > r.as_of - interval '30 days'
    inner join {{ ref('conversation_messages') }} as b on m.message_id = b.message_id
    inner join {{ ref('fct_conversations') }} as c on b.conversation_id = c.conversation_id
    where m.direction = 'brand' and m.posted_at <= r.as_of

),

unasked as (

    select s.* from spoken as s
    where
        not exists (
            select 1 from {{ ref('fct_waits') }} as w
            where
                w.conversation_id = s.conversation_id
                and w.opened_at <= s.contacted_at
                and coalesce(w.closed_at, 'infinity') >= s.contacted_at
        )
        and not exists (
            select 1 from {{ ref('fct_messages') }} as m
            where
                m.conversation_id = s.conversation_id
                and m.direction = 'customer'
                and m.posted_at > s.contacted_at - interval '24 hours'
                and m.posted_at <= s.contacted_at
        )

),

surveys as (

    select
        s.customer_id,
        s.asked_at,
        r.as_of
    from {{ refreshed() }} as r
    inner join {{ ref('fct_ratings') }} as s
        on
            {{ company_day('r.as_of') }} - 31 <= s.asked_day
            and r.as_of - interval '30 days' < s.asked_at
            and r.as_of >= s.asked_at
    where s.customer_id is not null

),

contacts as (

    select
        customer_id,
        'message' as kind,
        contacted_at,
        as_of
    from unasked
    union all
    select
        customer_id,
        'survey' as kind,
        asked_at as contacted_at,
        as_of
    from surveys
    union all
    select
        t.customer_id,
        t.kind,
        t.contacted_at,
        r.as_of
    from {{ refreshed() }} as r
    inner join {{ ref('fct_contacts') }} as t
        on r.as_of - interval '30 days' < t.contacted_at and r.as_of >= t.contacted_at
    where
        t.customer_id is not null
        and not exists (
            select 1 from surveys as s
            where
                t.kind = 'survey'
                and s.customer_id = t.customer_id
                and s.asked_at > t.contacted_at - interval '1 day'
                and s.asked_at < t.contacted_at + interval '1 day'
        )

)

select
    customer_id,
    (count(*) filter (where contacted_at > as_of - interval '7 days'))::integer as contacts_7_days,
    count(*)::integer as contacts_30_days,
    (count(*) filter (where kind = 'survey'))::integer as surveys_30_days,
    max(contacted_at) as last_at,
    max(as_of) as as_of
from contacts
group by customer_id
