{#
  Incremental by touched keys. A model's unique_key names the kind of key it is built by (`thread_id` → thread);
  what a refresh touched stands in ops.touched. The strategy deletes the touched keys and appends what the model
  built for them, in one transaction: a key that vanished leaves no orphan.

  `meta: {touches: {kind: expression}}` hands keys on to the models downstream: those of the rows that went and
  of the rows that came, since a message that moves from one thread to another changes both. `touches_changed` hands on
  those of rows that are not what they were, for models that look far around a key.

  No plan hangs on what the planner believes of a table's size (`planned()` in planned.sql): what is stored is looked
  up by an index, key by key, where a model says so (`touched_rows`, `looked_up`), all else is hashed or sorted.
#}

{# The kind of key that a column holds. #}
{% macro kind_of(column) -%}
    {{ column | replace('_id', '') }}
{%- endmacro %}

{# The keys of one kind that this refresh touched, as `key`; days are dates, all others are text. #}
{% macro touched_keys(kind) -%}
    (
        select k.key{{ '::date as key' if kind.endswith('day') }} from ops.touched as k
        where k.kind = '{{ kind }}' and k.refresh_id = (select max(n.refresh_id) from ops.refresh_now as n)
    )
{%- endmacro %}

{#
  The rows of a relation whose key this refresh touched, a look-up in its index a key; all of them in a full build.
  `offset 0` holds the planner to that, and what else a query joins out of it.
#}
{% macro touched_rows(relation, column, kind=none) -%}
    {%- if is_incremental() -%}
        (
            select found.*
            from {{ touched_keys(kind or kind_of(column)) }} as touched
            cross join lateral (
                select * from {{ relation }} as r
                where r.{{ column }} = touched.key
                offset 0
            ) as found
            offset 0
        )
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}

{#
  What stands after `inner join` or `left join`: the rows of a stored relation that fit each row so far, looked up in
  its index; joined as a whole in a full build.
#}
{% macro looked_up(relation, alias, condition) -%}
    {%- if is_incremental() -%}
        lateral (
            select * from {{ relation }} as {{ alias }}
            where {{ condition }}
            offset 0
        ) as {{ alias }} on true
    {%- else -%}
        {{ relation }} as {{ alias }} on {{ condition }}
    {%- endif -%}
{%- endmacro %}

{#
  `where` condition that keeps an incremental build to the touched keys; nothing in a full one. It reads the whole
  relation: for small ones, such as seeds.
#}
{% macro is_touched(expression, kind) -%}
    {{ expression ~ ' in ' ~ touched_keys(kind) if is_incremental() else 'true' }}
{%- endmacro %}

{# The versions of the touched records of a staging model. A site has no colon, so a key splits into the raw key. #}
{% macro touched_versions(staging, kind='message') -%}
    {%- if is_incremental() -%}
        select versions.*
        from (
            select split_part(k.key, ':', 1) as site, substr(k.key, strpos(k.key, ':') + 1) as record_id
            from {{ touched_keys(kind) }} as k
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

{# Touch keys of rows: `touches` gives an expression a kind. #}
{% macro touch(touches, rows) %}
    insert into ops.touched (refresh_id, kind, key)
    select distinct n.refresh_id, k.kind, k.key
    from {{ rows }} as r
    cross join lateral (
        values
        {%- for kind, expression in touches.items() %}
            ('{{ kind }}', ({{ expression }})::text){{ ',' if not loop.last }}
        {%- endfor %}
    ) as k (kind, key)
    cross join ops.refresh_now as n
    where k.key is not null
    on conflict do nothing
{% endmacro %}

{# Rows of touched keys that go and do not come again as they were, and those that come so. #}
{% macro changed_rows(target, key, came, columns) -%}
    (
        (
            select {{ columns }} from {{ touched_rows(target, key) }} as stored
            except all
            select {{ columns }} from {{ came }}
        )
        union all
        (
            select {{ columns }} from {{ came }}
            except all
            select {{ columns }} from {{ touched_rows(target, key) }} as stored
        )
    )
{%- endmacro %}

{% macro get_incremental_touched_sql(arg_dict) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set key = arg_dict['unique_key'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set meta = config.get('meta', {}) -%}
    {%- set touches, changed = meta.get('touches'), meta.get('touches_changed') -%}

    {#- A model that took its own table for missing when it was compiled holds all rows: they would stand twice. -#}
    {%- if 'ops.touched' not in model['compiled_code'] -%}
        {{ exceptions.raise_compiler_error(this ~ ' was compiled as if its table were not there; refresh again') }}
    {%- endif -%}

    {%- if touches %}
    {{ touch(touches, touched_rows(target, key)) }};
    {%- endif %}
    {%- if changed %}
    {{ touch(changed, changed_rows(target, key, arg_dict['temp_relation'], columns)) }};
    {%- endif %}
    delete from {{ target }} where ctid = any(array(
        select found.place
        from {{ touched_keys(kind_of(key)) }} as touched
        cross join lateral (
            select r.ctid as place from {{ target }} as r
            where r.{{ key }} = touched.key
            offset 0
        ) as found
    ));
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
    {{ analyzed_when_grown(target, arg_dict['temp_relation']) }};
    {%- if touches %}
    {{ touch(touches, arg_dict['temp_relation']) }};
    {%- endif %}
{% endmacro %}
