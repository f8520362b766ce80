{{ config(
    unique_key='rating_id',
    meta={'touches': {'account': 'account_id'}},
    indexes=[{'columns': ['rating_id'], 'unique': true}, {'columns': ['account_id']}],
    post_hook="{{ named_index('int_ratings_kept', '(kept_until) where kept_until is not null') }}"
) }}

with versions as (

    {{ touched_versions(ref('stg_files__ratings'), 'rating') }}
    union all
    {{ touched_versions(ref('stg_sample__ratings'), 'rating') }}

),

latest as (

    select distinct on (rating_id) * from versions
    order by rating_id asc, batch_id desc, version desc

),

governed as (

    {{ governed('versions', 'rating_id', 'v.channel') }}

),

kept as (

    select
        l.*,
        g.can_join,
        g.show_text,
        {{ kept_until('coalesce(l.rated_at, l.asked_at)', 'g.keep_days') }} as kept_until
    from latest as l
    inner join governed as g on l.rating_id = g.rating_id

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
    l.identifiers,
    l.can_join,
    l.show_text,
    l.kept_until
from kept as l
inner join {{ source('raw', 'batches') }} as b on l.batch_id = b.batch_id
where {{ still_stands('l') }} and coalesce(l.kept_until > {{ as_of() }}, true)
