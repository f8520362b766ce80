{#
  The service KPIs, defined once, over a set of waits that were opened in a period. kpi_channel_daily and the
  period functions select these same expressions, so a tile, a chart and a daily table cannot disagree.
#}
{% macro service_kpis() %}
    {%- set answered = 'answered_at is not null' -%}
    {%- set acknowledged = 'acknowledged_at is not null' -%}
    count(*)::integer as waits_opened,
    count(*) filter (where {{ acknowledged }})::integer as waits_acknowledged,
    count(*) filter (where {{ answered }})::integer as waits_answered,
    count(*) filter (where closed_at is null)::integer as waits_open,
    round(count(*) filter (where {{ answered }}) / nullif(count(*), 0)::numeric, 6)::numeric(14, 6)
        as answered_rate,
    count(response_minutes)::integer as response_minutes_n,
    round((percentile_cont(0.5) within group (order by response_minutes))::numeric, 3)::numeric(14, 3)
        as response_minutes_median,
    round((percentile_cont(0.9) within group (order by response_minutes))::numeric, 3)::numeric(14, 3)
        as response_minutes_p90,
    count(promise_kept)::integer as promises_due,
    count(*) filter (where promise_kept)::integer as promises_kept,
    round(count(*) filter (where promise_kept) / nullif(count(promise_kept), 0)::numeric, 6)::numeric(14, 6)
        as promise_kept_rate
{%- endmacro %}

{# Names and types of what service_kpis() selects, for a function's result. #}
{% macro service_kpi_types() -%}
    waits_opened integer, waits_acknowledged integer, waits_answered integer, waits_open integer,
    answered_rate numeric, response_minutes_n integer, response_minutes_median numeric,
    response_minutes_p90 numeric, promises_due integer, promises_kept integer, promise_kept_rate numeric
{%- endmacro %}
