{#
  Incremental by touched keys. A model's unique_key names the kind of key it is built by (`thread_id` → thread);
  what a refresh touched stands in ops.touched_now. The strategy deletes the touched keys and appends what the
  model built for them, in one transaction: a key that vanished leaves no orphan.

  `meta: {touches: {kind: expression}}` hands keys on to the models downstream: those of the rows that went and
  of the rows that came, since a message that moves from one thread to another changes both.
#}

{# The keys of one kind that this refresh touched; a day is a date, all others are text. #}
{% macro touched_keys(kind) -%}
    (select t.key{{ '::date' if kind == 'day' }} from ops.touched_now as t where t.kind = '{{ kind }}')
{%- endmacro %}

{# `where` condition that keeps an incremental build to the touched keys; nothing in a full one. #}
{% macro is_touched(expression, kind) -%}
    {{ expression ~ ' in ' ~ touched_keys(kind) if is_incremental() else 'true' }}
{%- endmacro %}

{# The same on a raw table's own key, so that its index is used: a site has no colon. #}
{% macro is_touched_record() -%}
    {%- if is_incremental() -%}
        (site, record_id) in (
            select split_part(t.key, ':', 1), substr(t.key, strpos(t.key, ':') + 1)
            from ops.touched_now as t where t.kind = 'message'
        )
    {%- else -%}
        true
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
    {%- for kind, expression in touches.items() %}
    {{ touch(kind, expression, arg_dict['temp_relation']) }};
    {%- endfor %}
{% endmacro %}
