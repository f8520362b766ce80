{#
  Statuses of the touched threads without those that were corrected: the same status, in the same words, that another
  run gave at another time, with none between, and no word of a customer: who writes on may be helped again. What the
  last run says of it counts.
#}
{% macro standing_statuses() -%}
    (
        select * from (
            select
                *,
                first_value(run) over (partition by thread_id, repetition order by batch_id desc) = run
                    as is_standing
            from (
                select
                    *,
                    count(*) filter (where is_other) over (
                        partition by thread_id
                        order by at, status_id is not null, native_order, {{ bytewise('status_id') }}
                    ) as repetition
                from (
                    select
                        *,
                        coalesce(lag(words) over in_order <> words, true) as is_other
                    from (
                        select
                            status_id,
                            thread_id,
                            status,
                            at,
                            time_precision,
                            native_order,
                            batch_id,
                            coalesce(run_id::text, '') as run,
                            status || ' ' || coalesce(said, '') as words
                        from {{ touched_rows(ref('int_statuses_latest'), 'thread_id') }} as latest
                        union all
                        select
                            null as status_id,
                            thread_id,
                            null as status,
                            posted_at as at,
                            null as time_precision,
                            native_order,
                            null as batch_id,
                            null as run,
                            null as words
                        from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as asked
                        where
                            direction = 'customer'
                            and deleted_at is null
                            and thread_id in (
                                select said.thread_id
                                from {{ touched_rows(ref('int_statuses_latest'), 'thread_id') }} as said
                            )
                    ) as worded
                    window in_order as (
                        partition by thread_id
                        order by at, status_id is not null, native_order, {{ bytewise('status_id') }}
                    )
                ) as compared
            ) as repeated
            where status_id is not null
        ) as read
        where is_standing
    )
{%- endmacro %}
