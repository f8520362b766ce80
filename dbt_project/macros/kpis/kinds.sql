{#
  How each kind of KPI is computed: `kpi_measures` are the aggregates of a group of facts, `kpi_figures` makes of them
  value, n, and the bounds of a 95 % interval (NULL where none is known): Wilson's for shares, order statistics for
  quantiles, normal for means and net promoters. Counts have none.
#}
{% macro kpi_measures(kpi, place) -%}
    {%- if kpi.kind == 'count' -%}
        count(*) filter (where {{ kpi.among }}) as n_{{ place }}
    {%- elif kpi.kind == 'distinct' -%}
        count(distinct {{ kpi['values'] }}) as n_{{ place }}
    {%- elif kpi.kind == 'total' -%}
        count({{ kpi['values'] }}) as n_{{ place }},
        coalesce(sum({{ kpi['values'] }}), 0) as total_{{ place }}
    {%- elif kpi.kind == 'share' -%}
        count(*) filter (where {{ kpi.among }}) as n_{{ place }},
        (count(*) filter (where ({{ kpi.where }}) and {{ kpi.among }}))::numeric
            / nullif(count(*) filter (where {{ kpi.among }}), 0) as share_{{ place }}
    {%- elif kpi.kind == 'quantile' -%}
        count({{ kpi['values'] }}) as n_{{ place }},
        array_agg({{ kpi['values'] }} order by {{ kpi['values'] }}) filter (where {{ kpi['values'] }} is not null)
            as sorted_{{ place }}
    {%- elif kpi.kind == 'mean' -%}
        count({{ kpi['values'] }}) as n_{{ place }},
        avg({{ kpi['values'] }}) as mean_{{ place }},
        stddev_samp({{ kpi['values'] }}) as spread_{{ place }}
    {%- elif kpi.kind == 'net_promoters' -%}
        count({{ kpi['values'] }}) as n_{{ place }},
        avg(({{ kpi['values'] }} >= 0.9)::int) as promoters_{{ place }},
        avg(({{ kpi['values'] }} <= 0.6)::int) as detractors_{{ place }}
    {%- else -%}
        {{ exceptions.raise_compiler_error('KPI ' ~ kpi.kpi ~ ': no kind ' ~ kpi.kind) }}
    {%- endif -%}
{%- endmacro %}

{# One row of values: kpi, value, n, low, high. Shares have six decimals, minutes and scores three. #}
{% macro kpi_figures(kpi, place) -%}
    {%- set n = 'n_' ~ place -%}
    {%- if kpi.kind in ('count', 'distinct') -%}
        ('{{ kpi.kpi }}', {{ n }}::numeric, {{ n }}, null::numeric, null::numeric)
    {%- elif kpi.kind == 'total' -%}
        ('{{ kpi.kpi }}', total_{{ place }}::numeric, {{ n }}, null::numeric, null::numeric)
    {%- elif kpi.kind == 'share' -%}
        {%- set p = 'share_' ~ place -%}
        ('{{ kpi.kpi }}', {{ rounded(p, 6) }}, {{ n }},
            {{ rounded(wilson_bound(p, n, '-'), 6) }}, {{ rounded(wilson_bound(p, n, '+'), 6) }})
    {%- elif kpi.kind == 'quantile' -%}
        {%- set sorted = 'sorted_' ~ place -%}
        ('{{ kpi.kpi }}', {{ rounded(quantile_of(sorted, n, kpi.at), 3) }}, {{ n }},
            {{ rounded(quantile_bound(sorted, n, kpi.at, '-'), 3) }}, {{ rounded(quantile_bound(sorted, n, kpi.at, '+'), 3) }})
    {%- elif kpi.kind == 'mean' -%}
        {%- set half = z95() ~ ' * spread_' ~ place ~ ' / sqrt(' ~ n ~ ')' -%}
        ('{{ kpi.kpi }}', {{ rounded('mean_' ~ place, 6) }}, {{ n }},
            {{ rounded('mean_' ~ place ~ ' - ' ~ half, 6) }}, {{ rounded('mean_' ~ place ~ ' + ' ~ half, 6) }})
    {%- elif kpi.kind == 'net_promoters' -%}
        {%- set net = '(promoters_' ~ place ~ ' - detractors_' ~ place ~ ')' -%}
        {%- set half -%}
            {{ z95() }} * sqrt((promoters_{{ place }} + detractors_{{ place }} - {{ net }} ^ 2) / nullif({{ n }}, 0))
        {%- endset -%}
        ('{{ kpi.kpi }}', {{ rounded('100 * ' ~ net, 3) }}, {{ n }},
            {{ rounded('100 * (' ~ net ~ ' - ' ~ half ~ ')', 3) }}, {{ rounded('100 * (' ~ net ~ ' + ' ~ half ~ ')', 3) }})
    {%- endif -%}
{%- endmacro %}

{% macro z95() -%} 1.959964 {%- endmacro %}

{% macro rounded(value, decimals) -%} round(({{ value }})::numeric, {{ decimals }}) {%- endmacro %}

{# A bound of Wilson's score interval of a share `p` of `n`. #}
{% macro wilson_bound(p, n, sign) -%}
    {%- set z2 = z95() ~ ' ^ 2' -%}
    ({{ p }} + {{ z2 }} / (2 * nullif({{ n }}, 0)) {{ sign }} {{ z95() }} * sqrt(
        {{ p }} * (1 - {{ p }}) / nullif({{ n }}, 0) + {{ z2 }} / (4 * nullif({{ n }}, 0)::numeric ^ 2)
    )) / (1 + {{ z2 }} / nullif({{ n }}, 0))
{%- endmacro %}

{# The quantile of a sorted array of `n`, interpolated, as percentile_cont has it. #}
{% macro quantile_of(sorted, n, at) -%}
    {%- set place = '(' ~ at ~ ' * (' ~ n ~ ' - 1))' -%}
    {{ sorted }}[floor({{ place }})::int + 1]
    + ({{ place }} - floor({{ place }}))
    * (coalesce({{ sorted }}[floor({{ place }})::int + 2], {{ sorted }}[floor({{ place }})::int + 1])
        - {{ sorted }}[floor({{ place }})::int + 1])
{%- endmacro %}

{# A bound of the quantile: the order statistic that a binomial puts there; NULL where n is too small for one. #}
{% macro quantile_bound(sorted, n, at, sign) -%}
    {%- set spread = z95() ~ ' * sqrt(' ~ n ~ ' * ' ~ at * (1 - at) ~ ')' -%}
    {%- if sign == '-' -%}
        {{ sorted }}[floor({{ n }} * {{ at }} - {{ spread }})::int]
    {%- else -%}
        {{ sorted }}[ceil({{ n }} * {{ at }} + {{ spread }})::int + 1]
    {%- endif -%}
{%- endmacro %}

{#
  The KPIs of one kind of facts, long: the columns `keys`, then kpi, value, n, low, high. `grouped` is what stands
  behind `group by`; `condition` says which rows.
#}
{% macro kpi_rows(of, keys, grouped, condition) %}
    {%- set facts = kpi_facts()[of] %}
    {%- set kpis = kpi_expressions()[of] %}
    select
        {% for key in keys %}a.{{ key.split(' as ')[-1] }}, {% endfor %}
        k.kpi, k.value, k.n::integer as n, k.low, k.high
    from (
        select
            {{ keys | join(', ') }},
            {% for kpi in kpis -%}
                {{ kpi_measures(kpi, loop.index) }}{{ ',' if not loop.last }}
            {% endfor %}
        from {{ facts.from }}
        where {{ facts.where }} and {{ condition }}
        group by {{ grouped }}
    ) as a
    cross join lateral (
        values
        {% for kpi in kpis -%}
            {{ kpi_figures(kpi, loop.index) }}{{ ',' if not loop.last }}
        {% endfor %}
    ) as k (kpi, value, n, low, high)
{% endmacro %}
