{#
  Bare schema names in production, `<user>_<name>` for an analyst. What is built anew is built beside production's
  (`next`) and takes its names when all of it stands.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if target.name == 'prod' -%}
        {{ custom_schema_name or target.schema }}
    {%- elif target.name == 'next' -%}
        {{ custom_schema_name or target.schema }}__next
    {%- else -%}
        {{ target.schema }}_{{ custom_schema_name or 'scratch' }}
    {%- endif -%}
{%- endmacro %}
