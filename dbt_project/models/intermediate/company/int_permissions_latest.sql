{{ config(
    unique_key='permission_id',
    indexes=[{'columns': ['permission_id'], 'unique': true}]
) }}

with versions as (

    {{ touched_versions(ref('stg_permissions'), 'permission') }}

),

governed as (

    {{ governed('versions', "v.channel") }}

),

latest as (

    select distinct on (permission_id)
        *,
        {{ tightest('permission_id') }}
    from governed
    order by permission_id asc, batch_id desc, version desc

)

select
    l.permission_id,
    l.site,
    l.source,
    lower(l.channel) as channel,
    l.purpose,
    l.allowed,
    l.since,
    {{ persons_named('l') }} as persons,
    l.can_join
from latest as l
where {{ still_stands('l') }}
