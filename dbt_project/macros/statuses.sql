{#
  Statuses of the touched threads without those that were corrected: the same status, in the same words, that another
  run gave at another time, with none between. What the last run says of it counts.
#}
{% macro standing_statuses() -%}
    (
        select * from (
            select
                *,
                run_id is not distinct from first_value(run_id) over (
                    partition by thread_id, repetition order by batch_id desc
                ) as is_standing
            from (
                select
                    *,
                    count(*) filter (where is_other) over (
                        partition by thread_id order by at, native_order, {{ bytewise('status_id') }}
                    ) as repetition
                from (
                    select
                        *,
                        (lag(status) over in_order, lag(said) over in_order) is distinct from (status, said)
                            as is_other
                    from {{ touched_rows(ref('int_statuses_latest'), 'thread_id') }} as latest
                    window in_order as (partition by thread_id order by at, native_order, {{ bytewise('status_id') }})
                ) as compared
            ) as repeated
        ) as read
        where is_standing
    )
{%- endmacro %}
