{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'burst text, most integer default 10',
        'returns': 'kind text, value text, messages integer, share numeric, usual_share numeric'
    }
) }}

-- What a burst is made of: authors, threads, channels, what else it names, and the words that it has more of than
-- what customers wrote in the week before. A word counts from three authors on.

with told as materialized (

    {{ messages_of_burst() }}

),

size as (

    select count(*) as messages from told

),

asked as (

    select first_day from {{ ref('fct_bursts') }}
    where burst_id = burst

),

week_before as materialized (

    select
        m.message_id,
        {{ words_folded("coalesce(m.title, '') || ' ' || coalesce(m.body, '')") }} as words
    from asked as b
    inner join {{ ref('fct_messages') }} as m on m.day between b.first_day - 7 and b.first_day - 1
    where m.direction = 'customer' and not m.is_noise

),

usual_size as (

    select count(*) as messages from week_before

),

usual as (

    select
        w.word,
        count(*) as messages
    from week_before as m
    cross join unnest(tsvector_to_array(to_tsvector('simple', m.words))) as w (word)
    group by w.word

),

words as (

    select
        w.word,
        count(*) as messages
    from (
        select
            t.account_id,
            {{ words_folded("coalesce(t.title, '') || ' ' || coalesce(t.body, '')") }} as words
        from told as t
    ) as m
    cross join unnest(tsvector_to_array(to_tsvector('simple', m.words))) as w (word)
    where length(w.word) > 2 and w.word !~ '[0-9/@.]'
    group by w.word
    having count(distinct m.account_id) >= 3

),

found as (

    select
        'author' as kind,
        account_id as value,
        count(*) as messages,
        null::numeric as usual_share,
        null::float8 as lift
    from told
    group by account_id
    union all
    select 'thread' as kind, thread_id as value, count(*) as messages, null as usual_share, null as lift
    from told
    group by thread_id
    union all
    select 'channel' as kind, channel as value, count(*) as messages, null as usual_share, null as lift
    from told
    group by channel
    union all
    select n.kind, n.value, count(distinct n.message_id) as messages, null as usual_share, null as lift
    from told as t
    inner join {{ ref('message_mentions') }} as n on t.message_id = n.message_id
    where n.kind in ('topic', 'product', 'place', 'competitor')
    group by n.kind, n.value
    union all
    select
        'word' as kind,
        w.word as value,
        w.messages,
        round(coalesce(u.messages, 0)::numeric / nullif(b.messages, 0), 6) as usual_share,
        w.messages * ln((w.messages::float8 / s.messages) / ((coalesce(u.messages, 0) + 1) / (b.messages + 2.0)))
            as lift
    from words as w
    cross join size as s
    cross join usual_size as b
    left join usual as u on w.word = u.word

),

placed as (

    select
        *,
        row_number() over (
            partition by kind order by coalesce(lift, messages) desc, {{ bytewise('value') }} asc
        ) as place
    from found
    where lift is null or lift > 0

),

ranked as (

    select * from placed
    where place <= most

)

select
    r.kind,
    r.value,
    r.messages::integer as messages,
    round(r.messages::numeric / s.messages, 6) as share,
    r.usual_share
from ranked as r
cross join size as s
order by r.kind asc, r.place asc
