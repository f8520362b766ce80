{{ config(materialized='view') }}

select
    place,
    kpi,
    unit,
    better,
    min_n,
    clock,
    label_en,
    label_fr,
    definition_en,
    definition_fr,
    population_en,
    population_fr,
    counted_en,
    counted_fr
from {{ ref('kpi_definitions') }}
