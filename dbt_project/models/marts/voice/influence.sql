{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'first date, last date, about text default null, ' ~ scope_arguments(),
        'returns': 'person text, posts integer, channels integer, audience bigint, reactions bigint, shares bigint,'
            ~ ' replied_by integer, talks_with integer'
    }
) }}

-- Three figures of who speaks, on a topic or on all, never one: how far their posts can reach (identity), what
-- others did with them (reputation), with whom they talk in both directions (relations). The company is nobody's.

with named as (

    select message_id from {{ ref('message_mentions') }}
    where kind = 'topic' and value = about

),

posts as materialized (

    select
        message_id,
        parent_message_id,
        channel,
        coalesce(customer_id, account_id) as person,
        audience,
        reactions,
        shares
    from {{ ref('fct_messages') }}
    where
        direction in ('customer', 'other')
        and not is_noise
        and day between first and last
        and {{ in_scope() }}
        and (about is null or message_id in (select n.message_id from named as n))

),

replies as materialized (

    select distinct
        r.person as by_person,
        p.person as to_person
    from posts as r
    inner join posts as p on r.parent_message_id = p.message_id
    where r.person <> p.person

),

relations as (

    select
        r.to_person as person,
        count(*) as replied_by,
        count(b.by_person) as talks_with
    from replies as r
    left join replies as b on r.by_person = b.to_person and r.to_person = b.by_person
    group by r.to_person

)

select
    p.person,
    count(*)::integer as posts,
    count(distinct p.channel)::integer as channels,
    coalesce(max(p.audience), 0)::bigint as audience,
    coalesce(sum(p.reactions), 0)::bigint as reactions,
    coalesce(sum(p.shares), 0)::bigint as shares,
    coalesce(max(r.replied_by), 0)::integer as replied_by,
    coalesce(max(r.talks_with), 0)::integer as talks_with
from posts as p
left join relations as r on p.person = r.person
group by p.person
order by posts desc, {{ bytewise('p.person') }} asc
