{{ config(
    unique_key='message_id',
    indexes=[
        {'columns': ['message_id'], 'unique': true},
        {'columns': ['parent_message_id']},
        {'columns': ['account_id']},
        {'columns': ['source']}
    ]
) }}

with versions as (

    select * from {{ ref('stg_files__messages') }}
    where {{ is_touched_record() }}

),

latest as (

    select distinct on (message_id) * from versions
    order by message_id asc, version desc

),

gone as (

    select
        latest.message_id,
        max(coalesce(tombstones.deleted_at, tombstones.seen_at)) as deleted_at
    from latest
    inner join {{ source('raw', 'tombstones') }} as tombstones
        on
            latest.site = tombstones.site
            and latest.record_id = tombstones.record_id
            and latest.stream = tombstones.stream
            and latest.batch_id < tombstones.batch_id
    group by latest.message_id

)

select
    latest.message_id,
    latest.site,
    batches.source,
    latest.channel,
    latest.account_id,
    latest.native_account,
    latest.handle,
    latest.display_name,
    latest.author_role_declared,
    latest.brand_id_declared,
    latest.native_thread,
    latest.parent_message_id,
    latest.posted_at,
    latest.time_precision,
    coalesce((counters.values ->> 'native_order')::bigint, 0) as native_order,
    latest.edited_at,
    gone.deleted_at,
    latest.title,
    latest.body,
    {{ mentions('latest.body') }} as mentions,
    latest.url,
    latest.is_public,
    latest.audience,
    (counters.values ->> 'reactions')::integer as reactions,
    (counters.values ->> 'replies')::integer as replies,
    (counters.values ->> 'shares')::integer as shares,
    latest.rating,
    latest.rating_scale,
    latest.language_declared
from latest
inner join {{ source('raw', 'batches') }} as batches on latest.batch_id = batches.batch_id
left join gone on latest.message_id = gone.message_id
left join {{ source('raw', 'counters') }} as counters
    on
        latest.site = counters.site
        and latest.record_id = counters.record_id
        and latest.stream = counters.stream
