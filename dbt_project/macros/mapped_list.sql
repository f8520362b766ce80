{# A list under `mapped`; nothing where there is none, or something else. #}
{% macro mapped_list(name) -%}
    case when jsonb_typeof(payload #> '{mapped,{{ name }}}') = 'array' then payload #> '{mapped,{{ name }}}' end
        as {{ name }}
{%- endmacro %}
