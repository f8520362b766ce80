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

{# What the planner must know of a table made anew, before the next model reads it. #}
{% macro analyzed_when_new() -%}
    {{ 'analyze ' ~ this if config.get('materialized') == 'incremental' and should_full_refresh() }}
{%- endmacro %}

{# The same for a table that what came is a good part of: planned as the small table it was, joins run for minutes. #}
{% macro analyzed_when_grown(relation, added) -%}
    do $$
    begin
        if
            (select count(*) from {{ added }})
            > 0.1 * (select greatest(c.reltuples, 0) from pg_class as c where c.oid = '{{ relation }}'::regclass)
        then
            analyze {{ relation }};
        end if;
    end
    $$
{%- endmacro %}
