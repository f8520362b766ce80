{{ config(
    unique_key='contact_id',
    indexes=[{'columns': ['contact_id'], 'unique': true}, {'columns': ['contacted_at']}]
) }}

with versions as (

    {{ touched_versions(ref('stg_contacts'), 'contact') }}

),

governed as (

    {{ governed('versions', "v.channel") }}

),

latest as (

    select distinct on (contact_id)
        *,
        {{ tightest('contact_id') }}
    from governed
    order by contact_id asc, batch_id desc, version desc

)

select
    l.contact_id,
    l.site,
    l.source,
    l.channel,
    l.kind,
    l.campaign,
    l.native_event,
    {{ opaque_id('l.site', 'l.native_event') }} as service_event_id,
    l.consent,
    l.contacted_at,
    case when l.show_text then l.body end as body,
    not l.show_text as text_withheld,
    {{ persons_named('l') }} as persons,
    {{ kept_until('l.contacted_at', 'l.keep_days') }} as kept_until,
    l.can_join
from latest as l
where {{ still_stands('l') }}
