-- Every expression has its words in the seed, and every row of the seed its expression: else kpis would leave it out.
select
    e.kpi as expression,
    d.kpi as definition
from unnest(array['{{ kpi_names() | join("', '") }}']) as e (kpi)
full join {{ ref('dim_kpis') }} as d on e.kpi = d.kpi
where e.kpi is null or d.kpi is null
