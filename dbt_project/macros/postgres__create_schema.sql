{#
  A refresh makes the schemas that it builds in, and marks them as this Vigie's: what dbt made besides would be
  anybody's. An analyst's own are made as ever.
#}
{% macro postgres__create_schema(relation) -%}
    {%- if target.name in ('prod', 'next') -%}
        {{ exceptions.raise_compiler_error('no schema ' ~ relation.schema ~ ': `vigie refresh` makes it') }}
    {%- endif -%}
    {%- call statement('create_schema') -%}
        create schema if not exists {{ relation.without_identifier().include(database=false) }}
    {%- endcall -%}
{%- endmacro %}
