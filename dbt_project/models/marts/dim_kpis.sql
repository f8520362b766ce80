{{ config(materialized='view', contract={'enforced': false}) }}

select * from {{ ref('kpi_definitions') }}
