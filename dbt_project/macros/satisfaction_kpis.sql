{#
  The satisfaction KPIs, defined once, over ratings of a period: `answered` says which rows were given in it,
  `asked` which were asked for in it. A rating off its scale counts as no answer.
#}
{% macro satisfaction_kpis(answered, asked) %}
    {%- set given = 'value_01 is not null and ' ~ answered -%}
    {%- set csat = "kind = 'csat' and " ~ given -%}
    {%- set nps = "kind = 'nps' and " ~ given -%}
    count(*) filter (where kind = 'review' and {{ given }})::integer as rating_n,
    round(avg(value_01) filter (where kind = 'review' and {{ given }}), 6)::numeric(14, 6) as rating_mean,
    count(*) filter (where kind = 'csat' and {{ asked }})::integer as csat_asked,
    count(*) filter (where {{ csat }})::integer as csat_responses,
    round(
        count(*) filter (where {{ csat }} and value_01 >= 0.75)
        / nullif(count(*) filter (where {{ csat }}), 0)::numeric, 6
    )::numeric(14, 6) as csat_rate,
    round(
        count(*) filter (where kind = 'csat' and {{ asked }} and value_01 is not null)
        / nullif(count(*) filter (where kind = 'csat' and {{ asked }}), 0)::numeric, 6
    )::numeric(14, 6) as csat_response_rate,
    count(*) filter (where kind = 'nps' and {{ asked }})::integer as nps_asked,
    count(*) filter (where {{ nps }})::integer as nps_responses,
    round(
        100 * (
            count(*) filter (where {{ nps }} and value_01 >= 0.9) - count(*) filter (where {{ nps }} and value_01 <= 0.6)
        ) / nullif(count(*) filter (where {{ nps }}), 0)::numeric, 3
    )::numeric(14, 3) as nps,
    count(*) filter (where {{ nps }} and value_01 >= 0.9)::integer as promoters,
    count(*) filter (where {{ nps }} and value_01 > 0.6 and value_01 < 0.9)::integer as passives,
    count(*) filter (where {{ nps }} and value_01 <= 0.6)::integer as detractors,
    round(
        count(*) filter (where kind = 'nps' and {{ asked }} and value_01 is not null)
        / nullif(count(*) filter (where kind = 'nps' and {{ asked }}), 0)::numeric, 6
    )::numeric(14, 6) as nps_response_rate
{%- endmacro %}

{# Names and types of what satisfaction_kpis() selects, for a function's result. #}
{% macro satisfaction_kpi_types() -%}
    rating_n integer, rating_mean numeric, csat_asked integer, csat_responses integer, csat_rate numeric,
    csat_response_rate numeric, nps_asked integer, nps_responses integer, nps numeric, promoters integer,
    passives integer, detractors integer, nps_response_rate numeric
{%- endmacro %}
