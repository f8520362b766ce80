{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'first date, last date, ' ~ scope_arguments(),
        'returns': 'kind text, part numeric, people integer, of_people integer, share_of_people numeric, volume bigint'
    }
) }}

-- How few people make how much: the smallest set that writes so much of the posts about products (`mavens`), or
-- makes so much of the audience that public posts can have reached (`connectors`). The row of .8 is the usual
-- figure, the others are the curve.

with posts as materialized (

    select
        message_id,
        coalesce(customer_id, account_id) as person,
        case when is_public then coalesce(audience, 0) else 0 end as reached
    from {{ ref('fct_messages') }}
    where
        direction in ('customer', 'other')
        and not is_noise
        and day between first and last
        and {{ in_scope() }}

),

about_products as (

    select distinct
        p.message_id,
        p.person
    from posts as p
    inner join {{ ref('message_mentions') }} as n on p.message_id = n.message_id
    where n.kind = 'product'

),

volumes as (

    select
        'connectors' as kind,
        person,
        sum(reached)::bigint as volume
    from posts
    group by person
    having sum(reached) > 0
    union all
    select
        'mavens' as kind,
        person,
        count(*) as volume
    from about_products
    group by person

),

ranked as (

    select
        kind,
        volume,
        sum(volume) over (partition by kind order by volume desc, {{ bytewise('person') }} asc) - volume as before,
        sum(volume) over (partition by kind) as total
    from volumes

)

select
    r.kind,
    p.part / 100.0 as part,
    (count(*) filter (where r.before * 100 < p.part * r.total))::integer as people,
    count(*)::integer as of_people,
    round((count(*) filter (where r.before * 100 < p.part * r.total))::numeric / count(*), 6) as share_of_people,
    max(r.total)::bigint as volume
from ranked as r
cross join generate_series(10, 100, 10) as p (part)
group by r.kind, p.part
order by r.kind asc, p.part asc
