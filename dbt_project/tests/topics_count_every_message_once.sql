-- A topic counts each message of a customer that names it once, and noise never.

with counted as (

    select
        topic,
        messages
    from {{ ref('topics_of_period') }}('-infinity', 'infinity')

),

named as (

    select
        n.value as topic,
        count(distinct n.message_id) as messages
    from {{ ref('message_mentions') }} as n
    inner join {{ ref('fct_messages') }} as m on n.message_id = m.message_id
    where n.kind = 'topic' and m.direction = 'customer' and not m.is_noise
    group by n.value

)

select
    c.messages as counted,
    n.messages as named,
    coalesce(c.topic, n.topic) as topic
from counted as c
full join named as n on c.topic = n.topic
where c.messages is distinct from n.messages
