{# Arguments with which a function of a period is told what to count; NULL is everything. #}
{% macro scope_arguments() -%}
    channels text[] default null, sources text[] default null, panels text[] default null
{%- endmacro %}

{# `where` condition of these: the channels, the sources, and the sources that carry one of the tags. #}
{% macro in_scope() -%}
    (channels is null or channel = any(channels))
    and (sources is null or source = any(sources))
    and (panels is null or source in (select d.source from {{ ref('dim_sources') }} as d where d.panel && panels))
{%- endmacro %}
