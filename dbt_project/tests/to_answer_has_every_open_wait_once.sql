-- Who waits are the open waits that nobody decided on since, and what waits by what was decided: each once, and in
-- one place.

with found as (

    select
        conversation_id,
        count(*) as n,
        count(*) filter (where stands in ('can_be_kept', 'missed_today', 'backlog')) as placed
    from {{ ref('to_answer') }}(now())
    group by conversation_id

),

expected as (

    select w.conversation_id
    from {{ ref('fct_waits') }} as w
    where
        w.closed_at is null and w.conversation_id not in (
            select c.conversation_id from {{ ref('waits_changed') }} as c
            where c.waiting_since is not null
        )
    union
    select c.conversation_id from {{ ref('waits_changed') }} as c
    where c.waits_since is not null

)

select
    e.conversation_id as expected,
    f.conversation_id as found,
    f.n,
    f.placed
from expected as e
full outer join found as f on e.conversation_id = f.conversation_id
where e.conversation_id is null or f.conversation_id is null or f.n <> 1 or f.placed <> 1
