{# The refresh's now: the only time that enters a model. An analyst's own build takes the clock's. #}
{% macro as_of() -%}
    {%- if target.name == 'prod' -%}
        (select r.as_of from ops.refresh_now as r)
    {%- else -%}
        now()
    {%- endif -%}
{%- endmacro %}

{# The company's day that a moment falls on. #}
{% macro company_day(moment) -%}
    ({{ moment }} at time zone '{{ var("company_zone") }}')::date
{%- endmacro %}

{# Calendar minutes from one moment to a later one, to the millisecond. #}
{% macro minutes_between(opened, closed) -%}
    round((extract(epoch from ({{ closed }} - {{ opened }})) / 60)::numeric, 3)::numeric(14, 3)
{%- endmacro %}
