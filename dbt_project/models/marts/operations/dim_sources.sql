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
    s.owner,
    coalesce(s.can_join, true) and coalesce(p.can_join, true) as can_join,
    s.show_text and coalesce(p.show_text, true) as show_text,
    least(s.keep_days, p.keep_days) as keep_days
from {{ ref('stg_ops__sources') }} as s
left join channels as c on s.source = c.source
cross join lateral (
    select
        bool_and(declared.can_join) as can_join,
        bool_and(declared.show_text) as show_text,
        min(declared.keep_days) as keep_days
    from {{ ref('site_policies') }} as declared
    where
        {{ is_like('s.site', 'declared.site') }}
        and exists (
            select 1 from unnest(c.channels) as spoken (channel)
            where {{ is_like('spoken.channel', 'declared.channel') }}
        )
) as p
