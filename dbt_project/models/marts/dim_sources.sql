{{ config(materialized='view') }}

with spoken as (

    select source, channel from {{ ref('kpi_channel_daily') }}
    union
    select source, channel from {{ ref('fct_ratings') }}

),

channels as (

    select source, array_agg(channel order by channel) as channels from spoken
    group by source

)

select
    s.source,
    s.type,
    s.site,
    s.brand_id,
    coalesce(c.channels, '{}') as channels,
    s.panel,
    s.owner
from {{ ref('stg_ops__sources') }} as s
left join channels as c on s.source = c.source
