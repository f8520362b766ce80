{{ config(
    unique_key='message_id',
    indexes=[
        {'columns': ['message_id'], 'unique': true},
        {'columns': ['parent_message_id']},
        {'columns': ['account_id']},
        {'columns': ['source', 'posted_at']},
        {'columns': ['first_batch_id']}
    ],
    post_hook=[
        "{{ named_index('int_messages_latest_unreadable', '(source) where body_missing is not null') }}",
        "{{ named_index('int_messages_latest_dated_ahead', '(source) where is_dated_ahead') }}"
    ]
) }}

with versions as (

    {{ touched_versions(ref('stg_messages')) }}

),

governed as (

    {{ governed('versions', 'v.channel') }}

),

latest as (

    -- Streams may share a site: of two, the one that read the message last.
    select distinct on (message_id)
        *,
        min(batch_id) over (partition by message_id) as first_batch_id,
        {{ tightest('message_id') }}
    from governed
    order by message_id asc, batch_id desc, version desc

)

select
    latest.message_id,
    latest.site,
    latest.source,
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
    latest.posted_at > latest.collected_at + interval '1 day' as is_dated_ahead,
    latest.edited_at,
    gone.deleted_at,
    latest.title,
    latest.body,
    latest.body_missing,
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
    latest.can_join,
    latest.show_text,
    {{ kept_until('latest.posted_at', 'latest.keep_days') }} as kept_until,
    latest.first_batch_id
from latest
left join {{ looked_up(
    source('raw', 'counters'), 'counters', 'latest.site = counters.site and latest.record_id = counters.record_id'
    ~ ' and latest.stream = counters.stream'
) }}
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
