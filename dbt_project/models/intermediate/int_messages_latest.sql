{{ config(
    unique_key='message_id',
    indexes=[
        {'columns': ['message_id'], 'unique': true},
        {'columns': ['parent_message_id']},
        {'columns': ['account_id']},
        {'columns': ['source', 'posted_at']},
        {'columns': ['first_batch_id']}
    ]
) }}

with versions as (

    {{ touched_versions(ref('int_messages_versions')) }}

),

latest as (

    -- Streams may share a site: of two, the one that read the message last.
    select distinct on (message_id)
        *,
        min(batch_id) over (partition by message_id) as first_batch_id
    from versions
    order by message_id asc, batch_id desc, version desc

),

governed as (

    {{ governed('versions', 'message_id', 'v.channel') }}

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
    latest.native_order,
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
    latest.language_declared,
    latest.identifiers,
    governed.can_join,
    governed.show_text,
    {{ kept_until('latest.posted_at', 'governed.keep_days') }} as kept_until,
    latest.first_batch_id
from latest
inner join governed on latest.message_id = governed.message_id
inner join {{ source('raw', 'batches') }} as batches on latest.batch_id = batches.batch_id
left join {{ source('raw', 'counters') }} as counters
    on
        latest.site = counters.site
        and latest.record_id = counters.record_id
        and latest.stream = counters.stream
cross join lateral (
    -- Found gone after its latest version was read; a record that came back is a new version.
    select max(coalesce(t.deleted_at, t.seen_at)) as deleted_at
    from {{ source('raw', 'tombstones') }} as t
    where
        t.site = latest.site
        and t.record_id = latest.record_id
        and t.stream = latest.stream
        and t.batch_id > latest.batch_id
) as gone
