{#
  A model that takes arguments: a Postgres function in the model's schema, for KPIs over a period that the
  reader chooses (a median of medians is no median). `arguments` and `returns` stand in its config. Its body is bound
  to the tables it reads, as a view's is, and moves with them when their schema is renamed.
#}
{% materialization table_function, adapter='postgres' %}
    {%- set arguments = config.require('meta')['arguments'] -%}
    {%- set returns = config.require('meta')['returns'] -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') %}
        drop function if exists {{ this }};
        create function {{ this }} ({{ arguments }})
        returns table ({{ returns }})
        language sql stable parallel safe
        begin atomic
            {{ sql }};
        end;
        comment on function {{ this }} is {{ dollar_quoted(model.description) }}
    {% endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': []}) }}
{% endmaterialization %}

{% macro dollar_quoted(text) -%}
    $comment${{ text }}$comment$
{%- endmacro %}
