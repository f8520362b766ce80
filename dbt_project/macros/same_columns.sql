{#
  What dbt asks of a model's columns each time that it adds to a table, asked once. A refresh adds only to what the same
  project made (any other project makes everything anew), so a contract that held then holds; and one look compares
  the columns of what came with those of the table. Where they differ dbt's own looks again, and says how.
#}
{% macro postgres__get_assert_columns_equivalent(sql) -%}
    {%- if target.name != 'prod' or not is_incremental() -%}
        {{ return(default__get_assert_columns_equivalent(sql)) }}
    {%- endif -%}
{%- endmacro %}

{% macro postgres__check_for_schema_changes(source_relation, target_relation) -%}
    {%- call statement('compare_columns', fetch_result=True) -%}
        select
            came.attname::text as name,
            (came.atttypid, came.atttypmod) is not distinct from (stored.atttypid, stored.atttypmod) as is_same
        from ({{ columns_of(source_relation) }}) as came
        full join ({{ columns_of(target_relation) }}) as stored on came.attname = stored.attname
        order by came.attnum
    {%- endcall -%}
    {%- set columns = load_result('compare_columns')['data'] -%}
    {%- if columns | rejectattr(1) | list -%}
        {{ return(default__check_for_schema_changes(source_relation, target_relation)) }}
    {%- endif -%}
    {%- set found = [] -%}
    {%- for name, _ in columns -%}
        {%- do found.append(api.Column.create(name, 'text')) -%}
    {%- endfor -%}
    {{ return({'schema_changed': false, 'source_columns': found}) }}
{%- endmacro %}

{% macro columns_of(relation) -%}
    select * from pg_attribute where attrelid = '{{ relation }}'::regclass and attnum > 0 and not attisdropped
{%- endmacro %}
