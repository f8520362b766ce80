-- Every expression has its words in the seed, every row of the seed its expression; kpis leaves out what has none.
{% set names = kpi_names() | join("', '") %}
select
    e.kpi as expression,
    d.kpi as definition
from unnest(array['{{ names }}']) as e (kpi)
full join {{ ref('dim_kpis') }} as d on e.kpi = d.kpi
where e.kpi is null or d.kpi is null
