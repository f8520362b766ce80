{# The refresh's now: the only time that enters a model. An analyst's own build takes the clock's. #}
{% macro as_of() -%}
    {%- if target.name in ('prod', 'next') -%}
        (select r.as_of from ops.refresh_now as r)
    {%- else -%}
        now()
    {%- endif -%}
{%- endmacro %}

{# The now of the last refresh that was done, one row of `as_of`: what a view that says how things stand knows of time. #}
{% macro refreshed() -%}
    (
        select n.as_of from {{ source('ops', 'refreshes') }} as n
        where n.status = 'done'
        order by n.refresh_id desc
        limit 1
    )
{%- endmacro %}

{# The company's day that a moment falls on. #}
{% macro company_day(moment) -%}
    ({{ moment }} at time zone '{{ var("company_zone") }}')::date
{%- endmacro %}

{# Calendar minutes from one moment to a later one, to the millisecond. #}
{% macro minutes_between(opened, closed) -%}
    round((extract(epoch from ({{ closed }} - {{ opened }})) / 60)::numeric, 3)::numeric(14, 3)
{%- endmacro %}

{# `where` condition that a dated seed row is in force on a day: both ends count, an empty one is open. #}
{% macro in_force(day, row) -%}
    {{ day }} between coalesce({{ row }}.valid_from, '-infinity') and coalesce({{ row }}.valid_to, 'infinity')
{%- endmacro %}

{# `where` condition that a row by channel and brand holds for a thing on a day; one without a brand is for all. #}
{% macro holds_for(row, thing, day) -%}
    {{ row }}.channel = {{ thing }}.channel
    and coalesce({{ row }}.brand_id = {{ thing }}.brand_id, {{ row }}.brand_id is null)
    and {{ in_force(day, row) }}
{%- endmacro %}

{# Messages that have a last day and are still there: an index has them. #}
{% macro still_kept() -%}
    kept_until is not null and deleted_at is null
{%- endmacro %}

{# Waits whose promise has no verdict yet and will have one: an index has them. #}
{% macro undecided() -%}
    promise_kept is null and verdict_missing is null
{%- endmacro %}
