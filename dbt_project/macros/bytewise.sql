{# A key in the one order that every server has, whatever its language: ties break alike everywhere. #}
{% macro bytewise(key) -%}
    {{ key }} collate "C"
{%- endmacro %}
