{{ config(
    unique_key='status_id',
    indexes=[{'columns': ['status_id'], 'unique': true}, {'columns': ['thread_id']}]
) }}

-- A refresh touches the threads of a status, those that its earlier versions named included, before any model runs.

with versions as (

    {{ touched_versions(ref('stg_statuses'), 'status') }}

),

latest as (

    select distinct on (status_id) * from versions
    order by status_id asc, batch_id desc, version desc

)

select
    l.status_id,
    l.thread_id,
    b.source,
    l.status,
    l.said,
    l.at,
    l.time_precision,
    l.native_order,
    l.batch_id,
    b.run_id
from latest as l
inner join {{ batches_of('latest') }} as b on l.batch_id = b.batch_id
where {{ still_stands('l') }}
