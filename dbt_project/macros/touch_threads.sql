{# Threads that touched messages are in, or lead by reference, before the walk: their messages walk again. #}
{% macro touch_threads_of_messages() %}
    insert into ops.touched (refresh_id, kind, key)
    select n.refresh_id, 'thread', m.key
    from {{ touched_keys('message') }} as m, ops.refresh_now as n
    union
    select n.refresh_id, 'thread', t.thread_id
    from {{ touched_rows(this, 'message_id') }} as t, ops.refresh_now as n
    on conflict do nothing
{% endmacro %}
