{{ config(
    unique_key='account_id',
    indexes=[
        {'columns': ['rating_id'], 'unique': true},
        {'columns': ['account_id']},
        {'columns': ['customer_id']},
        {'columns': ['day', 'channel']},
        {'columns': ['asked_day']}
    ]
) }}

-- Answers to surveys, surveys that nobody answered, and the stars of customers' messages. An answer that is given
-- again replaces the first, in the period of the first; one without an account counts and is no customer's.

with surveys as (

    select
        rating_id,
        account_id,
        channel,
        source,
        kind,
        value,
        scale_min,
        scale_max,
        asked_at,
        rated_at,
        first_rated_at,
        verbatim,
        show_text,
        null::text as message_id
    from {{ touched_rows(ref('int_ratings_latest'), 'account_id') }} as r

),

stars as (

    select
        d.message_id || '#rating' as rating_id,
        d.account_id,
        d.channel,
        d.source,
        'review' as kind,
        m.rating as value,
        1::numeric as scale_min,
        coalesce(m.rating_scale, 5) as scale_max,
        null::timestamptz as asked_at,
        d.posted_at as rated_at,
        d.posted_at as first_rated_at,
        m.body as verbatim,
        m.show_text,
        d.message_id
    from {{ touched_rows(ref('int_messages_directed'), 'account_id') }} as d
    inner join {{ looked_up(ref('int_messages_latest'), 'm', 'd.message_id = m.message_id') }}
    where
        d.is_review
        and d.direction = 'customer'
        and d.deleted_at is null

),

ratings as (

    select * from surveys
    union all
    select * from stars

)

select
    r.rating_id,
    r.account_id,
    a.customer_id,
    r.channel,
    r.source,
    r.kind,
    r.value::numeric(14, 3) as value,
    r.scale_min::numeric(14, 3) as scale_min,
    r.scale_max::numeric(14, 3) as scale_max,
    case
        when r.value between r.scale_min and r.scale_max
            then round((r.value - r.scale_min) / nullif(r.scale_max - r.scale_min, 0), 6)
    end::numeric(14, 6) as value_01,
    case
        when r.kind = 'nps' and r.value between r.scale_min and r.scale_max
            then (r.value * 10 >= 9 * r.scale_max)::integer - (r.value * 10 <= 6 * r.scale_max)::integer
    end as promotes,
    r.asked_at,
    r.rated_at,
    {{ company_day('coalesce(r.first_rated_at, r.rated_at, r.asked_at)') }} as day,
    {{ company_day('r.asked_at') }} as asked_day,
    r.value is not null as is_answered,
    case when r.show_text then r.verbatim end as verbatim,
    not r.show_text as text_withheld,
    r.message_id
from ratings as r
left join {{ looked_up(ref('customer_accounts'), 'a', 'r.account_id = a.account_id') }}
