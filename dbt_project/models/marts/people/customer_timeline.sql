{{ config(materialized='view') }}

-- Everything between a customer and the company, on all channels. The stars of a review stand on its message.

with messages as (

    select
        customer_id,
        posted_at as at,
        'message' as kind,
        channel,
        source,
        account_id,
        conversation_id,
        message_id,
        title,
        body,
        body_missing,
        text_withheld,
        url,
        case when rating is not null then 'review' end as rating_kind,
        rating as value,
        case when rating is not null then 1 end::numeric(14, 3) as scale_min,
        case when rating is not null then coalesce(rating_scale, 5) end::numeric(14, 3) as scale_max
    from {{ ref('fct_messages') }}
    where direction = 'customer'

),

answers as (

    select
        c.customer_id,
        m.posted_at as at,
        'answer' as kind,
        m.channel,
        m.source,
        m.account_id,
        c.conversation_id,
        m.message_id,
        m.title,
        m.body,
        m.body_missing,
        m.text_withheld,
        m.url,
        null::text as rating_kind,
        null::numeric(14, 3) as value,
        null::numeric(14, 3) as scale_min,
        null::numeric(14, 3) as scale_max
    from {{ ref('fct_conversations') }} as c
    inner join {{ ref('conversation_messages') }} as b on c.conversation_id = b.conversation_id
    inner join {{ ref('fct_messages') }} as m on b.message_id = m.message_id
    where b.role <> 'customer'

),

ratings as (

    select
        customer_id,
        coalesce(rated_at, asked_at) as at,
        'rating' as kind,
        channel,
        source,
        account_id,
        null::text as conversation_id,
        null::text as message_id,
        null::text as title,
        verbatim as body,
        null::text as body_missing,
        text_withheld,
        null::text as url,
        kind as rating_kind,
        value,
        scale_min,
        scale_max
    from {{ ref('fct_ratings') }}
    where message_id is null and is_answered

)

select * from messages
union all
select * from answers
union all
select * from ratings
