{# Threads that touched messages are in, or lead by reference, before the walk: their messages walk again. #}
{% macro touch_threads_of_messages() %}
    insert into ops.touched (refresh_id, kind, key)
    select n.refresh_id, 'thread', m.key
    from ops.touched_now as m, ops.refresh_now as n
    where m.kind = 'message'
    union
    select n.refresh_id, 'thread', t.thread_id
    from {{ this }} as t, ops.refresh_now as n
    where t.message_id in {{ touched_keys('message') }}
    on conflict do nothing
{% endmacro %}
