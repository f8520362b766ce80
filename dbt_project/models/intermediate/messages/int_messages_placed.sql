{{ config(
    unique_key='thread_id',
    indexes=[{'columns': ['message_id'], 'unique': true}, {'columns': ['thread_id']}]
) }}

-- The one order of a thread: time, the source's own order, id; but nothing stands before what it replies to,
-- however either is dated: then it stands right after it. A reply is to its parent; one without, older than the
-- review with which its thread's only customer began, is to that review, which was edited since.

with recursive messages as materialized (

    -- What left the marts keeps its replies together and gives them no time.
    select
        *,
        deleted_at is null as is_standing,
        case when deleted_at is null then posted_at else '-infinity' end as own_at
    from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as m

),

first_of_customers as (

    select distinct on (thread_id) thread_id, message_id, own_at, is_review from messages
    where direction = 'customer' and is_standing
    order by thread_id asc, own_at asc, native_order asc, {{ bytewise('message_id') }} asc

),

single_customers as (

    select thread_id from messages
    where direction = 'customer'
    group by thread_id
    having min({{ bytewise('account_id') }}) = max({{ bytewise('account_id') }})

),

links as materialized (

    select m.message_id, m.thread_id, p.message_id as parent_message_id
    from messages as m
    inner join messages as p on m.parent_message_id = p.message_id and m.thread_id = p.thread_id
    union all
    select m.message_id, m.thread_id, f.message_id as parent_message_id
    from messages as m
    inner join single_customers as s on m.thread_id = s.thread_id
    inner join first_of_customers as f on m.thread_id = f.thread_id
    where
        m.direction = 'brand' and m.is_standing and m.parent_message_id is null
        and f.is_review and m.own_at < f.own_at

),

disordered as (

    -- Few threads are: only their messages are walked.
    select m.thread_id
    from links as l
    inner join messages as m on l.message_id = m.message_id
    inner join messages as p on l.parent_message_id = p.message_id
    where
        (m.own_at, m.native_order, {{ bytewise('m.message_id') }})
        < (p.own_at, p.native_order, {{ bytewise('p.message_id') }})
    group by m.thread_id

),

walking as materialized (

    select m.message_id, m.own_at, m.native_order, l.parent_message_id
    from disordered as d
    inner join messages as m on d.thread_id = m.thread_id
    left join links as l on m.message_id = l.message_id

),

walked as (

    -- Each stands at the latest place on the way from its thread's root, so many steps after it. A ring of parents
    -- (damaged data) has no root: its messages keep their own times.
    select
        message_id,
        own_at as placed_at,
        native_order as placed_order,
        message_id as placed_by,
        0 as steps_after
    from walking
    where parent_message_id is null
    union all
    select
        w.message_id,
        case when later.is_later then w.own_at else s.placed_at end as placed_at,
        case when later.is_later then w.native_order else s.placed_order end as placed_order,
        case when later.is_later then w.message_id else s.placed_by end as placed_by,
        case when later.is_later then 0 else s.steps_after + 1 end as steps_after
    from walked as s
    inner join walking as w on s.message_id = w.parent_message_id
    -- No CTE sees the row that the recursion is at, which the linter asks for.
    cross join lateral ( -- noqa: ST05
        select
            (w.own_at, w.native_order, {{ bytewise('w.message_id') }})
            > (s.placed_at, s.placed_order, {{ bytewise('s.placed_by') }}) as is_later
    ) as later

)

select
    m.message_id,
    m.thread_id,
    coalesce(l.parent_message_id, m.parent_message_id) as parent_message_id,
    coalesce(w.placed_at, m.own_at) as placed_at,
    row_number() over (
        partition by m.thread_id
        order by
            coalesce(w.placed_at, m.own_at),
            coalesce(w.placed_order, m.native_order),
            {{ bytewise('coalesce(w.placed_by, m.message_id)') }},
            coalesce(w.steps_after, 0),
            m.own_at,
            m.native_order,
            {{ bytewise('m.message_id') }}
    )::integer as place
from messages as m
left join links as l on m.message_id = l.message_id
left join walked as w on m.message_id = w.message_id
where m.is_standing
