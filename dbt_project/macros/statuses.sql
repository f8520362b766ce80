{#
  Statuses of the touched threads without those that were corrected: the same status, in the same words, that another
  run gave at another time, with none between. What the last run says of it counts.
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
                        partition by thread_id order by at, native_order, {{ bytewise('status_id') }}
                    ) as repetition
                from (
                    select
                        *,
                        coalesce(run_id::text, '') as run,
                        coalesce(lag(words) over in_order <> words, true) as is_other
                    from (
                        select *, status || ' ' || coalesce(said, '') as words
                        from {{ touched_rows(ref('int_statuses_latest'), 'thread_id') }} as latest
                    ) as worded
                    window in_order as (partition by thread_id order by at, native_order, {{ bytewise('status_id') }})
                ) as compared
            ) as repeated
        ) as read
        where is_standing
    )
{%- endmacro %}
