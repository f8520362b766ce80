{{ config(
    unique_key='crm_id',
    meta={'touches': {'node': 'node_id'}},
    indexes=[{'columns': ['crm_id'], 'unique': true}, {'columns': ['node_id']}]
) }}

with versions as (

    {{ touched_versions(ref('stg_customers'), 'crm') }}

),

governed as (

    {{ governed('versions', "''") }}

),

latest as (

    select distinct on (crm_id)
        *,
        {{ tightest('crm_id') }}
    from governed
    order by crm_id asc, batch_id desc, version desc

)

select
    l.crm_id,
    'crm:' || {{ opaque_id('l.site', written_number('l.customer_number')) }} as node_id,
    l.site,
    l.source,
    l.customer_number,
    l.name,
    {{ person_key('l.name') }} as person_key,
    l.batch_id,
    l.emails,
    l.phones,
    l.handles,
    l.products,
    l.segment,
    l.since,
    l.birth_date,
    l.language,
    l.town,
    l.value_eur,
    l.can_join
from latest as l
where {{ still_stands('l') }}
