{#
  What dbt asks and says of a table each time that it adds to it, once. A refresh adds only to what the same project made
  (any other project makes everything anew): a contract that held then holds, comments are what they were, and one look
  compares the columns of what came with those of the table. Where they differ dbt's own looks again, and says how.
#}
{% macro is_unchanged() -%}
    {{ return(target.name == 'prod' and is_incremental()) }}
{%- endmacro %}

{% macro postgres__get_assert_columns_equivalent(sql) -%}
    {%- if not is_unchanged() -%}
        {{ return(default__get_assert_columns_equivalent(sql)) }}
    {%- endif -%}
{%- endmacro %}

{# All comments of a relation at once; a column that is described and not there is an error. #}
{% macro postgres__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- set said = [] -%}
    {%- if for_relation and config.persist_relation_docs() and model.description and not is_unchanged() -%}
        {%- do said.append(alter_relation_comment(relation, model.description)) -%}
    {%- endif -%}
    {%- if for_columns and config.persist_column_docs() and not is_unchanged() -%}
        {%- for name, column in model.columns.items() -%}
            {%- set comment = postgres_escape_comment(column.description) -%}
            {%- do said.append('comment on column ' ~ relation ~ '.' ~ adapter.quote(name) ~ ' is ' ~ comment ~ ';') -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if said -%}
        {%- do run_query(said | join) -%}
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
