{{ config(
    unique_key='notice_id',
    meta={'touches': {'service_event': 'service_event_id'}},
    indexes=[{'columns': ['notice_id'], 'unique': true}, {'columns': ['service_event_id']}]
) }}

with versions as (

    {{ touched_versions(ref('stg_service_events'), 'notice') }}

),

governed as (

    {{ governed('versions', "''") }}

),

latest as (

    select distinct on (notice_id)
        *,
        {{ tightest('notice_id') }}
    from governed
    order by notice_id asc, batch_id desc, version desc

)

select
    l.notice_id,
    l.service_event_id,
    l.site,
    l.source,
    l.what,
    case when l.show_text then l.title end as title,
    l.product,
    l.place,
    l.started_at,
    l.ended_at,
    {{ persons_named('l') }} as persons,
    l.batch_id,
    l.can_join
from latest as l
where {{ still_stands('l') }}
