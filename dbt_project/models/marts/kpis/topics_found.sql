{{ config(materialized='view') }}

-- Themes as of the last search; a message that was taken for noise since counts for none.

with last as (

    select searched_at, first_at, last_at
    from {{ source('understanding', 'theme_searches') }}
    order by searched_at desc
    limit 1

),

members as (

    select
        t.theme_id,
        t.likeness,
        m.message_id,
        m.account_id,
        m.posted_at,
        m.day,
        m.posted_at > last.last_at - interval '7 days' as is_of_last_week,
        m.posted_at > last.last_at - interval '14 days' as is_of_two_weeks,
        'complaint' in (m.intent, m.second_intent) as is_complaint,
        case m.sentiment when 'positive' then 1 when 'neutral' then 0 when 'negative' then -1 end as score
    from {{ source('understanding', 'theme_messages') }} as t
    inner join {{ ref('fct_messages') }} as m on t.message_id = m.message_id
    cross join last
    where m.posted_at > last.first_at and m.posted_at <= last.last_at and not m.is_noise

)

select
    t.theme_id,
    t.name,
    t.words,
    t.found_at,
    t.seen_at,
    min(m.day) as first_day,
    max(m.day) as last_day,
    count(*)::integer as messages,
    count(distinct m.account_id)::integer as accounts,
    (count(*) filter (where m.is_complaint))::integer as complaints,
    round(100 * avg(m.score), 1)::numeric(4, 1) as net_sentiment,
    (count(*) filter (where m.is_of_last_week))::integer as last_week,
    (count(*) filter (where m.is_of_two_weeks and not m.is_of_last_week))::integer as week_before,
    (array_agg(m.message_id order by m.likeness desc, {{ bytewise('m.message_id') }}))[1:3] as examples
from {{ source('understanding', 'themes') }} as t
inner join last on t.seen_at = last.searched_at
inner join members as m on t.theme_id = m.theme_id
group by t.theme_id, t.name, t.words, t.found_at, t.seen_at
