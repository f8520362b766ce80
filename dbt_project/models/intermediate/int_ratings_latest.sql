{{ config(
    unique_key='rating_id',
    meta={'touches': {'account': 'account_id'}},
    indexes=[{'columns': ['rating_id'], 'unique': true}, {'columns': ['account_id']}]
) }}

with versions as (

    {{ touched_versions(ref('stg_files__ratings'), 'rating') }}
    union all
    {{ touched_versions(ref('stg_sample__ratings'), 'rating') }}

),

latest as (

    select distinct on (rating_id) * from versions
    order by rating_id asc, batch_id desc, version desc

)

select
    l.rating_id,
    l.site,
    b.source,
    l.channel,
    l.account_id,
    l.native_account,
    l.kind,
    l.value,
    coalesce(l.scale_min, case l.kind when 'nps' then 0 else 1 end) as scale_min,
    coalesce(l.scale_max, case l.kind when 'nps' then 10 else 5 end) as scale_max,
    l.asked_at,
    l.rated_at,
    l.verbatim,
    l.identifiers
from latest as l
inner join {{ source('raw', 'batches') }} as b on l.batch_id = b.batch_id
where {{ still_stands('l') }}
