{{ config(
    unique_key='customer_id',
    indexes=[{'columns': ['customer_id'], 'unique': true}]
) }}

-- Whoever wrote, answered a survey, or stands in the CRM.

with members as (

    select * from {{ touched_rows(ref('stg_identity__memberships'), 'customer_id') }} as m

),

accounts as (

    select
        m.customer_id,
        (
            array_agg(
                coalesce(d.display_name, d.handle) order by d.last_seen_at desc, {{ bytewise('d.account_id') }}
            )
        )[1] as name,
        count(*) as accounts,
        array_agg(distinct d.channel order by d.channel) as channels,
        min(d.first_seen_at) as first_seen_at,
        max(d.last_seen_at) as last_seen_at,
        sum(d.messages) as messages
    from members as m
    inner join {{ looked_up(ref('customer_accounts'), 'c', 'm.node_id = c.account_id') }}
    inner join {{ looked_up(ref('dim_accounts'), 'd', 'c.account_id = d.account_id') }}
    group by m.customer_id

),

crm as (

    select distinct on (m.customer_id)
        m.customer_id,
        r.customer_number,
        r.name,
        r.segment,
        r.language,
        r.since
    from members as m
    inner join {{ looked_up(ref('int_crm_latest'), 'r', 'm.node_id = r.node_id') }}
    order by m.customer_id asc, r.batch_id desc, {{ bytewise('r.crm_id') }} asc

),

pinned as (

    -- What a person says of a customer goes before all sources.
    select
        customer_id,
        max(value) filter (where kind = 'name') as name,
        max(value) filter (where kind = 'segment') as segment,
        max(value) filter (where kind = 'language') as language
    from (
        select distinct on (m.customer_id, p.kind)
            m.customer_id,
            p.kind,
            p.value
        from members as m
        inner join {{ source('identity', 'standing_decisions') }} as p on m.node_id = p.one and p.verdict = 'pin'
        order by m.customer_id asc, p.kind asc, p.decision_id desc
    ) as last_of_field
    group by customer_id

),

conversations as (

    select
        customer_id,
        sum(waits) as waits,
        sum(answered_waits) as answered_waits,
        count(waiting_since) as open_waits,
        percentile_cont(0.5) within group (order by first_response_minutes) as first_response_minutes
    from {{ touched_rows(ref('fct_conversations'), 'customer_id') }} as c
    group by customer_id

),

said as materialized (

    select
        customer_id,
        message_id,
        intent = 'complaint' or coalesce(second_intent = 'complaint', false) as is_complaint,
        case sentiment when 'positive' then 1 when 'neutral' then 0 when 'negative' then -1 end as feeling,
        row_number() over (
            partition by customer_id, sentiment is null
            order by posted_at desc, native_order desc, {{ bytewise('message_id') }} desc
        ) as age
    from {{ touched_rows(ref('fct_messages'), 'customer_id') }} as m
    where direction = 'customer' and not is_noise

),

felt as (

    -- Now is the last five messages that show a feeling, before is all that came earlier.
    select
        customer_id,
        count(*) filter (where is_complaint) as complaints,
        avg(feeling) filter (where age <= 5) as feeling_now,
        avg(feeling) filter (where age > 5) as feeling_before
    from said
    group by customer_id

),

named as (

    select s.customer_id, array_agg(distinct n.value order by n.value) as products
    from said as s
    inner join {{ looked_up(ref('message_mentions'), 'n', "s.message_id = n.message_id and n.kind = 'product'") }}
    group by s.customer_id

),

ratings as (

    select customer_id, count(*) as ratings
    from {{ touched_rows(ref('fct_ratings'), 'customer_id') }} as r
    where is_answered
    group by customer_id

)

select
    m.customer_id,
    coalesce(p.name, {{ addresses_masked('crm.name') }}, a.name, m.customer_id) as name,
    coalesce(a.accounts, 0)::integer as accounts,
    coalesce(a.channels, '{}') as channels,
    a.first_seen_at,
    a.last_seen_at,
    coalesce(a.messages, 0)::integer as messages,
    {{ given_number_shown('crm.customer_number') }} as crm_number,
    coalesce(p.segment, crm.segment) as segment,
    coalesce(p.language, crm.language) as language,
    crm.since as customer_since,
    coalesce(c.waits, 0)::integer as waits,
    coalesce(c.answered_waits, 0)::integer as answered_waits,
    coalesce(c.open_waits, 0)::integer as open_waits,
    coalesce(r.ratings, 0)::integer as ratings,
    coalesce(f.complaints, 0)::integer as complaints,
    c.first_response_minutes::numeric(14, 3) as first_response_minutes,
    f.feeling_now::numeric(14, 3) as feeling_now,
    f.feeling_before::numeric(14, 3) as feeling_before,
    coalesce(n.products, '{}') as products
from (select distinct customer_id from members) as m
left join accounts as a on m.customer_id = a.customer_id
left join crm on m.customer_id = crm.customer_id
left join pinned as p on m.customer_id = p.customer_id
left join conversations as c on m.customer_id = c.customer_id
left join ratings as r on m.customer_id = r.customer_id
left join felt as f on m.customer_id = f.customer_id
left join named as n on m.customer_id = n.customer_id
