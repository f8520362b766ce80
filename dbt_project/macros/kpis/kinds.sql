{#
  How each kind of KPI is computed. `kpi_measures` are the aggregates of a group of facts, of which `kpi_moments` makes
  a row a KPI: kind, n, middle, spread, sorted values, the quantile's place. `kpi_figures` makes of that row the value
  and a 95 % interval: Wilson's for shares, order statistics for quantiles, normal for means and net promoters; counts
  have none. It is written once for all KPIs: Postgres reads and plans a function's whole text at each call.
#}
{% macro kpi_measures(kpi, place) -%}
    {%- set given = kpi['values'] -%}
    {%- if kpi.kind == 'count' -%}
        count(*) filter (where {{ kpi.among }}) as n_{{ place }}
    {%- elif kpi.kind == 'distinct' -%}
        count(distinct {{ given }}) as n_{{ place }}
    {%- elif kpi.kind == 'total' -%}
        count({{ given }}) as n_{{ place }},
        coalesce(sum({{ given }}), 0) as middle_{{ place }}
    {%- elif kpi.kind == 'share' -%}
        count(*) filter (where {{ kpi.among }}) as n_{{ place }},
        (count(*) filter (where ({{ kpi.where }}) and {{ kpi.among }}))::numeric
            / nullif(count(*) filter (where {{ kpi.among }}), 0) as middle_{{ place }}
    {%- elif kpi.kind == 'quantile' -%}
        count({{ given }}) as n_{{ place }},
        array_agg(({{ given }})::float8 order by ({{ given }})::float8) filter (where {{ given }} is not null)
            as sorted_{{ place }}
    {%- elif kpi.kind == 'mean' -%}
        count({{ given }}) as n_{{ place }},
        avg({{ given }}) as middle_{{ place }},
        stddev_samp({{ given }}) as spread_{{ place }}
    {%- elif kpi.kind == 'net_promoters' -%}
        count({{ given }}) as n_{{ place }},
        avg({{ given }}) as middle_{{ place }},
        stddev_pop({{ given }}) as spread_{{ place }}
    {%- else -%}
        {{ exceptions.raise_compiler_error('KPI ' ~ kpi.kpi ~ ': no kind ' ~ kpi.kind) }}
    {%- endif -%}
{%- endmacro %}

{# One row of values: kpi, kind, n, middle, spread, sorted, at; NULL is what its kind has not. #}
{% macro kpi_moment(kpi, place) -%}
    {%- set has_middle = kpi.kind in ('total', 'share', 'mean', 'net_promoters') -%}
    {%- set has_spread = kpi.kind in ('mean', 'net_promoters') -%}
    {%- set is_quantile = kpi.kind == 'quantile' -%}
    (
        '{{ kpi.kpi }}', '{{ kpi.kind }}', n_{{ place }},
        {{ 'middle_' ~ place if has_middle else 'null' }}::numeric,
        {{ 'spread_' ~ place if has_spread else 'null' }}::numeric,
        {{ 'sorted_' ~ place if is_quantile else 'null' }}::float8[],
        {{ kpi.at if is_quantile else 'null' }}::numeric
    )
{%- endmacro %}

{# The value of such a row. Shares, ratings and their bounds have six decimals, minutes and scores three. #}
{% macro kpi_value() -%}
    case kind
        when 'total' then middle
        when 'share' then round(middle, 6)
        when 'mean' then round(middle, 6)
        when 'net_promoters' then round(100 * middle, 3)
        when 'quantile' then round((
            sorted[floor(at * (n - 1))::int + 1]
            + (at * (n - 1) - floor(at * (n - 1)))
            * (sorted[least(floor(at * (n - 1))::int + 2, n::int)] - sorted[floor(at * (n - 1))::int + 1])
        )::numeric, 3)
        else n
    end
{%- endmacro %}

{#
  A bound of its interval, `sign` - or +; NULL where none is known. Of a quantile it is the value that a binomial puts
  there, NULL where n is too small for one.
#}
{% macro kpi_bound(sign) -%}
    {%- set z = '1.959964' -%}
    {%- set p = 'middle::float8' -%}
    case
        when n = 0 then null
        when kind = 'share' then round(((
            {{ p }} + {{ z }} ^ 2 / (2 * n)
            {{ sign }} {{ z }} * sqrt({{ p }} * (1 - {{ p }}) / n + ({{ z }}::float8 / (2 * n)) ^ 2)
        ) / (1 + {{ z }}::float8 ^ 2 / n))::numeric, 6)
        when kind = 'mean' then round((middle {{ sign }} {{ z }} * spread / sqrt(n))::numeric, 6)
        when kind = 'net_promoters' then round((100 * (middle {{ sign }} {{ z }} * spread / sqrt(n)))::numeric, 3)
        when kind = 'quantile' then round(sorted[
            {% if sign == '-' -%}
                floor(n * at - {{ z }} * sqrt(n * at * (1 - at)))::int
            {%- else -%}
                ceil(n * at + {{ z }} * sqrt(n * at * (1 - at)))::int + 1
            {%- endif %}
        ]::numeric, 3)
    end
{%- endmacro %}

{# The columns that follow a row's keys: kpi, value, n, low, high. #}
{% macro kpi_figures() -%}
    kpi,
    {{ kpi_value() }} as value,
    n::integer as n,
    {{ kpi_bound('-') }} as low,
    {{ kpi_bound('+') }} as high
{%- endmacro %}

{#
  What kpi_figures is computed of, for the KPIs of one kind of facts: the columns `keys`, then a row's moments.
  `grouped` is what stands behind `group by`; `condition` says which facts, `wanted` which KPIs, `rows` of what where
  not of the whole mart.
#}
{% macro kpi_moments(of, keys, grouped, condition='true', wanted='true', rows=none) %}
    {%- set facts = kpi_facts(of) %}
    {%- set kpis = kpi_expressions()[of] %}
    select
        {% for key in keys %}a.{{ key.split(' as ')[-1] }}, {% endfor %}
        k.*
    from (
        select
            {{ keys | join(', ') }},
            {% for kpi in kpis -%}
                {{ kpi_measures(kpi, loop.index) }}{{ ',' if not loop.last }}
            {% endfor %}
        from {{ rows or facts.from }}
        where {{ facts.where }} and {{ condition }}
        group by {{ grouped }}
    ) as a
    cross join lateral (
        values
        {% for kpi in kpis -%}
            {{ kpi_moment(kpi, loop.index) }}{{ ',' if not loop.last }}
        {% endfor %}
    ) as k (kpi, kind, n, middle, spread, sorted, at)
    where {{ wanted }}
{% endmacro %}
