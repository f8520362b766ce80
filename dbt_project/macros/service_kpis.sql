{#
  The service KPIs, defined once, over a set of waits that were opened in a period. kpi_channel_daily and the
  period functions select these same expressions, so a tile, a chart and a daily table cannot disagree.
#}
{% macro service_kpis() %}
    {%- set answered = 'answered_at is not null' -%}
    {%- set acknowledged = 'acknowledged_at is not null' -%}
    {%- set outside = "closing_kind = 'outside'" -%}
    {%- set excluded = "closing_kind in ('not_for_us', 'noise')" -%}
    {%- set counted = "count(*) filter (where closing_kind is null or closing_kind not in ('not_for_us', 'noise'))" -%}
    count(*)::integer as waits_opened,
    {{ counted }}::integer as waits_counted,
    count(*) filter (where {{ excluded }})::integer as waits_excluded,
    count(*) filter (where {{ outside }})::integer as waits_outside,
    count(*) filter (where {{ acknowledged }})::integer as waits_acknowledged,
    count(*) filter (where {{ answered }})::integer as waits_answered,
    count(*) filter (where closed_at is null)::integer as waits_open,
    {{ share_of('count(*) filter (where ' ~ answered ~ ')', counted) }} as answered_rate,
    {{ share_of('count(*) filter (where ' ~ answered ~ ' or ' ~ outside ~ ')', counted) }} as handled_rate,
    {{ share_of('count(*) filter (where ' ~ excluded ~ ')', 'count(*)') }} as excluded_rate,
    count(response_minutes)::integer as response_minutes_n,
    {{ percentile_of('response_minutes', 0.5) }} as response_minutes_median,
    {{ percentile_of('response_minutes', 0.9) }} as response_minutes_p90,
    count(response_open_minutes)::integer as response_open_minutes_n,
    {{ percentile_of('response_open_minutes', 0.5) }} as response_open_minutes_median,
    {{ percentile_of('response_open_minutes', 0.9) }} as response_open_minutes_p90,
    count(response_minutes) filter (where wait_number = 1)::integer as first_response_n,
    {{ percentile_of('response_minutes', 0.5, 'wait_number = 1') }} as first_response_minutes_median,
    count(promise_kept)::integer as promises_due,
    count(*) filter (where promise_kept)::integer as promises_kept,
    {{ share_of('count(*) filter (where promise_kept)', 'count(promise_kept)') }} as promise_kept_rate
{%- endmacro %}

{# Names and types of what service_kpis() selects, for a function's result. #}
{% macro service_kpi_types() -%}
    waits_opened integer, waits_counted integer, waits_excluded integer, waits_outside integer,
    waits_acknowledged integer, waits_answered integer, waits_open integer,
    answered_rate numeric, handled_rate numeric, excluded_rate numeric, response_minutes_n integer, response_minutes_median numeric,
    response_minutes_p90 numeric, response_open_minutes_n integer, response_open_minutes_median numeric,
    response_open_minutes_p90 numeric, first_response_n integer, first_response_minutes_median numeric,
    promises_due integer, promises_kept integer, promise_kept_rate numeric
{%- endmacro %}

{# The resolution KPIs, over a set of conversations that were opened in a period. #}
{% macro resolution_kpis() %}
    {%- set one_touch = 'count(*) filter (where is_one_touch)' -%}
    count(*)::integer as conversations_opened,
    count(resolved_at)::integer as conversations_resolved,
    sum(resolutions)::integer as resolutions,
    sum(reopens)::integer as reopens,
    count(resolution_minutes)::integer as resolution_n,
    {{ percentile_of('resolution_minutes', 0.5) }} as resolution_minutes_median,
    {{ percentile_of('resolution_minutes', 0.9) }} as resolution_minutes_p90,
    {{ one_touch }}::integer as one_touch_n,
    {{ share_of(one_touch, 'count(is_one_touch)') }} as one_touch_rate
{%- endmacro %}

{# Names and types of what resolution_kpis() selects, for a function's result. #}
{% macro resolution_kpi_types() -%}
    conversations_opened integer, conversations_resolved integer, resolutions integer, reopens integer,
    resolution_n integer, resolution_minutes_median numeric, resolution_minutes_p90 numeric,
    one_touch_n integer, one_touch_rate numeric
{%- endmacro %}

{# Arguments with which the functions of a period are told what to count; NULL is everything. #}
{% macro scope_arguments() -%}
    channels text[] default null, sources text[] default null, panels text[] default null
{%- endmacro %}

{# `where` condition of these: the channels, the sources, and the sources that carry one of the tags. #}
{% macro in_scope() -%}
    (channels is null or channel = any(channels))
    and (sources is null or source = any(sources))
    and (panels is null or source in (select d.source from {{ ref('dim_sources') }} as d where d.panel && panels))
{%- endmacro %}

{# One count as a share of another; NULL of none. #}
{% macro share_of(part, whole) -%}
    round({{ part }} / nullif({{ whole }}, 0)::numeric, 6)::numeric(14, 6)
{%- endmacro %}

{# An interpolated percentile to the thousandth; NULL of none. #}
{% macro percentile_of(values, share, condition='true') -%}
    round(
        (percentile_cont({{ share }}) within group (order by {{ values }}) filter (where {{ condition }}))::numeric, 3
    )::numeric(14, 3)
{%- endmacro %}
