{{ config(materialized='view') }}

-- A view, so that it says how things stand, with no clock in it: what rings, `source_alarms` says of a moment.
-- Freshness looks at the pages of the thirty days before the last refresh and at what they first brought, and
-- leaves out what was old already when it was read: a back-fill says nothing of freshness.

with runs as (

    select
        source,
        sum(pages) as pages,
        sum(read) as records_read,
        sum(new) as records_new,
        sum(changed) as records_changed,
        sum(unchanged) as records_unchanged,
        sum(repaired) as records_repaired,
        sum(rejected) as records_rejected
    from {{ source('ops', 'runs') }}
    group by source

),

waiting as (

    select source, count(*) as pages_waiting
    from {{ source('raw', 'batches') }}
    where refresh_id is null and touches
    group by source

),

shown as (

    select
        m.source,
        extract(epoch from (r.finished_at - m.posted_at)) / 60 as minutes
    from {{ source('raw', 'batches') }} as b
    inner join {{ source('ops', 'refreshes') }} as r on b.refresh_id = r.refresh_id and r.status = 'done'
    inner join {{ ref('int_messages_latest') }} as m on b.batch_id = m.first_batch_id
    where
        b.committed_at > (select n.as_of from {{ refreshed() }} as n) - interval '30 days'
        and m.posted_at between b.committed_at - interval '30 days' and b.committed_at

),

freshness as (

    select
        source,
        count(*) as freshness_n,
        percentile_cont(0.5) within group (order by minutes) as freshness_minutes_median,
        percentile_cont(0.95) within group (order by minutes) as freshness_minutes_p95
    from shown
    group by source

),

news as (

    -- One moment a run that brought something new, and how long nothing had come before it. A period of the past
    -- that is read for the first time is no news.
    select
        *,
        at - lag(at) over in_order as gap,
        max(at) over (partition by source) as last_new_at
    from (
        select b.source, min(b.committed_at) as at
        from {{ source('raw', 'batches') }} as b
        left join {{ source('ops', 'runs') }} as o on b.run_id = o.run_id
        where b.new > 0 and o.period is null
        group by b.source, b.run_id
    ) as runs_with_news
    window in_order as (partition by source order by at)

),

weeks as (

    -- The four weeks before the last of them, counted back from it.
    select
        source,
        last_new_at,
        min(at) as since_at,
        count(gap) as gaps,
        max(gap) as longest_gap
    from news
    where at > last_new_at - interval '28 days'
    group by source, last_new_at, floor(extract(epoch from last_new_at - at) / (7 * 86400))

),

usual as (

    select
        source,
        last_new_at,
        min(since_at) as since_at,
        sum(gaps) as usual_gap_n,
        percentile_disc(0.5) within group (order by longest_gap) as usual_gap
    from weeks
    group by source, last_new_at

),

rhythm as (

    select
        *,
        case
            when usual_gap_n >= 5 and since_at <= last_new_at - interval '7 days'
                then last_new_at + make_interval(secs => 2 * extract(epoch from usual_gap)::double precision)
        end as silent_after
    from usual

),

gaps as (

    select distinct on (source) source, gap, committed_at from {{ source('raw', 'batches') }}
    where gap is not null
    order by source asc, batch_id desc

),

layouts as (

    select source, max(rejected_at) as changed_at from {{ source('raw', 'rejects') }}
    where reason = 'layout changed'
    group by source

),

unreadable as (

    select source, count(*) as messages_unreadable from {{ ref('int_messages_latest') }}
    where body_missing is not null and deleted_at is null
    group by source

),

dated_ahead as (

    select source, count(*) as messages_dated_ahead from {{ ref('int_messages_latest') }}
    where is_dated_ahead and deleted_at is null
    group by source

),

volume as (

    select
        source,
        sum(n) filter (where kpi in ('customer_messages', 'brand_messages', 'bot_messages')) as messages,
        sum(n) filter (where kpi = 'brand_messages') as brand_messages,
        sum(n) filter (where kpi = 'waits_opened') as waits
    from {{ ref('kpi_channel_daily') }}
    where kpi in ('customer_messages', 'brand_messages', 'bot_messages', 'waits_opened')
    group by source

),

known as (

    -- Sites on which somebody of the company is: by the seed, or as an archive says.
    select site from {{ ref('brand_accounts') }}
    where kind in ('brand', 'agent')
    union
    select s.site
    from volume as v
    inner join {{ ref('stg_ops__sources') }} as s on v.source = s.source
    where v.brand_messages > 0

)

select
    s.source,
    s.type,
    s.site,
    s.answerable,
    s.panel,
    s.owner,
    last.status as last_status,
    last.started_at as last_run_at,
    last.finished_at as last_finished_at,
    last.error as last_error,
    coalesce(runs.pages, 0)::integer as pages,
    coalesce(runs.records_read, 0)::bigint as records_read,
    coalesce(runs.records_new, 0)::bigint as records_new,
    coalesce(runs.records_changed, 0)::bigint as records_changed,
    coalesce(runs.records_unchanged, 0)::bigint as records_unchanged,
    coalesce(runs.records_repaired, 0)::bigint as records_repaired,
    coalesce(runs.records_rejected, 0)::bigint as records_rejected,
    coalesce(w.pages_waiting, 0)::integer as pages_waiting,
    coalesce(v.messages, 0)::bigint as messages,
    coalesce(u.messages_unreadable, 0)::bigint as messages_unreadable,
    coalesce(a.messages_dated_ahead, 0)::bigint as messages_dated_ahead,
    coalesce(v.waits > 0, false) and coalesce(s.site <> all(array(select k.site from known as k)), true)
        as knows_nobody,
    newest.posted_at as newest_message_at,
    coalesce(f.freshness_n, 0)::integer as freshness_n,
    round(f.freshness_minutes_median::numeric, 3)::numeric(14, 3) as freshness_minutes_median,
    round(f.freshness_minutes_p95::numeric, 3)::numeric(14, 3) as freshness_minutes_p95,
    gaps.gap as last_gap,
    gaps.committed_at as last_gap_at,
    layouts.changed_at as last_layout_change_at,
    r.last_new_at,
    coalesce(r.usual_gap_n, 0)::integer as usual_gap_n,
    round((extract(epoch from r.usual_gap) / 60)::numeric, 3)::numeric(14, 3) as usual_gap_minutes,
    r.silent_after
from {{ ref('stg_ops__sources') }} as s
left join runs on s.source = runs.source
left join waiting as w on s.source = w.source
left join freshness as f on s.source = f.source
left join volume as v on s.source = v.source
left join unreadable as u on s.source = u.source
left join dated_ahead as a on s.source = a.source
left join rhythm as r on s.source = r.source
left join gaps on s.source = gaps.source
left join layouts on s.source = layouts.source
left join lateral (
    select o.status, o.started_at, o.finished_at, o.error
    from {{ source('ops', 'runs') }} as o
    where o.source = s.source
    order by o.started_at desc
    limit 1
) as last on true
left join lateral (
    select m.posted_at from {{ ref('int_messages_latest') }} as m
    where m.source = s.source and not m.is_dated_ahead
    order by m.posted_at desc
    limit 1
) as newest on true
