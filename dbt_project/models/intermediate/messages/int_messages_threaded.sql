{{ config(
    unique_key='thread_id',
    meta={'touches': {'thread': 'thread_id'}},
    indexes=[{'columns': ['message_id'], 'unique': true}, {'columns': ['thread_id']}],
    pre_hook="{{ touch_threads_of_messages() if is_incremental() }}"
) }}

-- A thread is the native one, else the furthest ancestor known, one known only by reference included. When a
-- late parent arrives the whole thread moves: the hook touched every thread that may, all their messages walk
-- again from where they start. A ring of parents (damaged data) takes its least id.

with recursive affected as materialized (

    select
        m.message_id,
        m.parent_message_id,
        {{ opaque_id('m.site', 'm.native_thread') }} as native_thread_id,
        {{ 'elsewhere.thread_id' if is_incremental() else 'null::text' }} as thread_of_parent
    {% if is_incremental() %}
        from (
            select k.key as message_id from {{ touched_keys('message') }} as k
            union
            select t.message_id from {{ touched_rows(this, 'thread_id') }} as t
        ) as walking
        inner join {{ looked_up(ref('int_messages_latest'), 'm', 'walking.message_id = m.message_id') }}
        left join {{ looked_up(this, 'elsewhere', 'm.parent_message_id = elsewhere.message_id') }}
    {% else %}
        from {{ ref('int_messages_latest') }} as m
    {% endif %}

),

starts as (

    -- Two steps, not a condition with `or`: that is taken for millions of rows, and what follows for as many files.
    select a.message_id, a.native_thread_id as thread_id from affected as a
    where a.native_thread_id is not null
    union all
    select
        a.message_id,
        coalesce(a.thread_of_parent, a.parent_message_id, a.message_id) as thread_id
    from affected as a
    where
        a.native_thread_id is null
        and not exists (
            select from affected as parent
            where parent.message_id = a.parent_message_id
        )

),

walked as (

    select message_id, thread_id from starts
    union all
    select child.message_id, walked.thread_id
    from walked
    inner join affected as child
        on walked.message_id = child.parent_message_id and child.native_thread_id is null

),

in_rings as (

    select a.message_id, a.parent_message_id
    from affected as a
    left join walked as w on a.message_id = w.message_id
    where w.message_id is null

),

ring_steps as (

    select message_id, parent_message_id as ancestor_id from in_rings
    union
    select s.message_id, r.parent_message_id
    from ring_steps as s
    inner join in_rings as r on s.ancestor_id = r.message_id

),

rings as (

    select s.message_id, min({{ bytewise('s.ancestor_id') }}) as thread_id
    from ring_steps as s
    inner join ring_steps as itself
        on s.ancestor_id = itself.message_id and itself.message_id = itself.ancestor_id
    group by s.message_id

)

select message_id, thread_id from walked
union all
select message_id, thread_id from rings
