{{ config(materialized='view') }}

select *
from {{ ref('kpi_definitions') }}
