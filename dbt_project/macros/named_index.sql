{#
  An index that `indexes` cannot say (partial, on an expression), made in a post_hook. In a full build the table
  that is being replaced still holds the name, so it is dropped first: `if not exists` alone would find it there.
#}
{% macro named_index(name, definition) %}
    {%- if should_full_refresh() -%}
        drop index if exists {{ this.include(database=false).include(identifier=false) }}.{{ adapter.quote(name) }};
    {%- endif -%}
    create index if not exists {{ name }} on {{ this }} {{ definition }}
{% endmacro %}
