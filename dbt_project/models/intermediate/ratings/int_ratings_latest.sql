{{ config(
    unique_key='rating_id',
    meta={'touches': {'account': 'account_id'}},
    indexes=[{'columns': ['rating_id'], 'unique': true}, {'columns': ['account_id']}],
    post_hook="{{ named_index('int_ratings_kept', '(kept_until) where kept_until is not null') }}"
) }}

with versions as (

    {{ touched_versions(ref('stg_ratings'), 'rating') }}

),

governed as (

    {{ governed('versions', 'v.channel') }}

),

latest as (

    select distinct on (rating_id)
        *,
        min(rated_at) filter (where value is not null) over (partition by rating_id) as first_rated_at,
        {{ tightest('rating_id') }}
    from governed
    order by rating_id asc, batch_id desc, version desc

),

kept as (

    select
        *,
        {{ kept_until('coalesce(rated_at, asked_at)', 'keep_days') }} as kept_until
    from latest

)

select
    l.rating_id,
    l.site,
    l.record_id,
    l.source,
    l.channel,
    coalesce(l.account_id, l.rating_id || '#anonymous') as account_id,
    l.account_id is null and l.identifiers is null as is_anonymous,
    coalesce(l.native_account, 'anonymous') as native_account,
    l.kind,
    l.value,
    coalesce(l.scale_min, case l.kind when 'nps' then 0 else 1 end) as scale_min,
    coalesce(l.scale_max, case l.kind when 'nps' then 10 else 5 end) as scale_max,
    l.asked_at,
    l.rated_at,
    l.first_rated_at,
    l.verbatim,
    l.identifiers,
    l.can_join,
    l.show_text,
    l.kept_until
from kept as l
where {{ still_stands('l') }} and coalesce(l.kept_until > {{ as_of() }}, true)
