{#
  Facts as they were known at a moment, so that two periods are compared at one age: what happened after
  `at_age` past the end of a row's bucket had not happened yet. Without `at_age` they are as they are known now.
#}

{# That moment; NULL without an age. A bucket ends with the last day that is asked for. #}
{% macro bucket_known_by(day) -%}
    (
        least((date_trunc(grain, {{ day }}::timestamp) + ('1 ' || grain)::interval)::date - 1, last) + 1
    )::timestamp at time zone '{{ var("company_zone") }}' + at_age
{%- endmacro %}

{# Condition that something had happened by then. #}
{% macro was_known(moment) -%}
    (k.known_by is null or {{ moment }} <= k.known_by)
{%- endmacro %}

{# What an expression said then. #}
{% macro as_known(expression, moment) -%}
    case when {{ was_known(moment) }} then {{ expression }} end
{%- endmacro %}

{# When a column of fct_waits came to say what it says; none where it did as the wait opened. #}
{% macro known_since(column) -%}
    {%- if column in (
        'wait_id', 'conversation_id', 'wait_number', 'thread_id', 'source', 'channel', 'customer_id', 'day', 'opened_at',
        'opening_precision', 'opening_message_id', 'opening_calendar'
    ) -%}
        {% do return(none) %}
    {%- elif column.startswith('promise_kept') -%}
        {% do return('f.promise_due_at') %}
    {%- elif column.startswith('promise_') -%}
        {% do return(none) %}
    {%- elif column in ('acknowledged_at', 'response_minutes', 'response_open_minutes') -%}
        {% do return('f.acknowledged_at') %}
    {%- elif column.startswith('answer') -%}
        {% do return('f.answered_at') %}
    {%- endif -%}
    {% do return('f.closed_at') %}
{% endmacro %}

{# The columns of a table that is there; none while the project is only parsed. #}
{% macro columns_known(relation) -%}
    {% do return(adapter.get_columns_in_relation(relation) if execute else []) %}
{%- endmacro %}

{# The facts of one kind, each as it was known by the moment of its bucket. #}
{% macro known_facts(of) %}
    {%- set facts = kpi_facts(of) -%}
    (
        select
            {%- if of == 'waits' %}
                {%- for column in columns_known(facts.from) %}
                    {%- set since = known_since(column.name) %}
            {{ as_known('f.' ~ column.name, since) if since else 'f.' ~ column.name }} as {{ column.name }}
                    {{- ',' if not loop.last }}
                {%- else %}
            f.*
                {%- endfor %}
            {%- elif of == 'conversations' %}
            f.day,
            f.channel,
            f.source,
            case when k.known_by is null then f.waits else r.waits end as waits,
            case when k.known_by is null then f.resolved_at else r.resolved_at end as resolved_at,
            case when k.known_by is null then f.resolutions else r.resolutions end as resolutions,
            case when k.known_by is null then f.reopens else r.reopens end as reopens,
            case when k.known_by is null then f.brand_messages else r.brand_messages end as brand_messages,
            case
                when k.known_by is null then f.is_one_touch
                when r.resolved_at is not null then r.brand_messages = 1
            end as is_one_touch
            {%- elif of == 'surveys' %}
            f.asked_day,
            f.channel,
            f.source,
            f.kind,
            {{ as_known('f.value_01', 'f.rated_at') }} as value_01
            {%- else %}
            f.*
            {%- endif %}
        from {{ facts.from }} as f
        cross join lateral (select {{ bucket_known_by('f.' ~ facts.day) }} as known_by) as k
        {%- if of == 'conversations' %}
        left join lateral (
            select
                count(*)::integer as resolutions,
                count(*) filter (where s.reopened_at <= k.known_by)::integer as reopens,
                max(s.resolved_at) filter (where coalesce(s.reopened_at > k.known_by, true)) as resolved_at,
                (
                    select count(*) from {{ ref('fct_waits') }} as w
                    where w.conversation_id = f.conversation_id and w.opened_at <= k.known_by
                ) as waits,
                (
                    select count(*)
                    from {{ ref('conversation_messages') }} as b
                    inner join {{ ref('fct_messages') }} as m on b.message_id = m.message_id
                    where
                        b.conversation_id = f.conversation_id and b.role <> 'customer' and m.posted_at <= k.known_by
                ) as brand_messages
            from {{ ref('fct_resolutions') }} as s
            where s.conversation_id = f.conversation_id and s.known_at <= k.known_by
        ) as r on k.known_by is not null
        {%- endif %}
        where
            {{ was_known({
                'waits': 'f.opened_at', 'conversations': 'f.opened_at', 'resolutions': 'f.known_at',
                'ratings': 'f.rated_at', 'surveys': 'f.asked_at', 'messages': 'f.posted_at'
            }[of]) }}
    ) as f
{%- endmacro %}
