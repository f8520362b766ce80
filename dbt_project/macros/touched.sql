{#
  Incremental by touched keys. A model's unique_key names the kind of key it is built by (`thread_id` → thread);
  what a refresh touched stands in ops.touched_now. The strategy deletes the touched keys and appends what the
  model built for them, in one transaction: a key that vanished leaves no orphan.

  `meta: {touches: {kind: expression}}` hands keys on to the models downstream: those of the rows that went and
  of the rows that came, since a message that moves from one thread to another changes both.
#}

{# The keys of one kind that this refresh touched; a day is a date, all others are text. #}
{% macro touched_keys(kind) -%}
    (select k.key{{ '::date' if kind == 'day' }} from ops.touched_now as k where k.kind = '{{ kind }}')
{%- endmacro %}

{# `where` condition that keeps an incremental build to the touched keys; nothing in a full one. #}
{% macro is_touched(expression, kind) -%}
    {{ expression ~ ' in ' ~ touched_keys(kind) if is_incremental() else 'true' }}
{%- endmacro %}

{#
  The versions of the touched records of a staging model (all of them in a full build). A site has no colon, so the key splits into the raw table's own. `offset 0` holds the planner to that table's index, a
  look-up a record: left free, it reads the whole table once a thousand keys are touched.
#}
{% macro touched_versions(staging, kind='message') -%}
    {%- if is_incremental() -%}
        select versions.*
        from (
            select split_part(k.key, ':', 1) as site, substr(k.key, strpos(k.key, ':') + 1) as record_id
            from ops.touched_now as k
            where k.kind = '{{ kind }}'
        ) as records
        cross join lateral (
            select * from {{ staging }} as s
            where s.site = records.site and s.record_id = records.record_id
            offset 0
        ) as versions
    {%- else -%}
        select * from {{ staging }}
    {%- endif -%}
{%- endmacro %}

{% macro touch(kind, expression, relation, condition='true') %}
    insert into ops.touched (refresh_id, kind, key)
    select distinct n.refresh_id, '{{ kind }}', ({{ expression }})::text
    from {{ relation }} as r, ops.refresh_now as n
    where ({{ expression }}) is not null and {{ condition }}
    on conflict do nothing
{% endmacro %}

{% macro get_incremental_touched_sql(arg_dict) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set key = arg_dict['unique_key'] -%}
    {%- set gone = key ~ ' in ' ~ touched_keys(key | replace('_id', '')) -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set touches = config.get('meta', {}).get('touches', {}) -%}

    {%- for kind, expression in touches.items() %}
    {{ touch(kind, expression, target, gone) }};
    {%- endfor %}
    delete from {{ target }} where {{ gone }};
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
    {{ analyzed_when_grown(target, arg_dict['temp_relation']) }};
    {%- for kind, expression in touches.items() %}
    {{ touch(kind, expression, arg_dict['temp_relation']) }};
    {%- endfor %}
    {%- if touches %}
    analyze ops.touched; -- the models downstream join to what was just touched
    {%- endif %}
{% endmacro %}
