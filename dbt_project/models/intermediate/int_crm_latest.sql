{{ config(
    unique_key='crm_id',
    meta={'touches': {'node': 'node_id'}},
    indexes=[{'columns': ['crm_id'], 'unique': true}, {'columns': ['node_id']}]
) }}

with versions as (

    {{ touched_versions(ref('stg_files__customers'), 'crm') }}
    union all
    {{ touched_versions(ref('stg_sample__customers'), 'crm') }}

),

latest as (

    select distinct on (crm_id) * from versions
    order by crm_id asc, batch_id desc, version desc

),

governed as (

    {{ governed('versions', 'crm_id', "''") }}

)

select
    l.crm_id,
    'crm:' || l.customer_number as node_id,
    l.site,
    b.source,
    l.customer_number,
    l.name,
    l.emails,
    l.phones,
    l.handles,
    l.segment,
    l.since,
    l.language,
    l.town,
    l.value_eur,
    g.can_join
from latest as l
inner join governed as g on l.crm_id = g.crm_id
inner join {{ source('raw', 'batches') }} as b on l.batch_id = b.batch_id
where {{ still_stands('l') }}
