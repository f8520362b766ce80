{{ config(
    unique_key='node_id',
    indexes=[{'columns': ['node_id'], 'unique': true}],
    pre_hook="{{ touch_nodes_of_accounts() if is_incremental() }}"
) }}

-- Who is to be recognised, as they show themselves: accounts that wrote as customers or were asked, and rows of the
-- CRM. An account of which nothing stands any more is nobody.

with seen as materialized (

    select
        account_id as node_id,
        site,
        channel,
        native_account,
        handle,
        message_id,
        is_public,
        posted_at as seen_at,
        native_order,
        deleted_at is null as is_standing,
        can_join
    from {{ touched_rows(ref('int_messages_directed'), 'account_id', 'node') }} as m
    where direction = 'customer'
    union all
    select
        account_id as node_id,
        site,
        channel,
        native_account,
        case when account_id not like '%#anonymous' then native_account end as handle,
        null as message_id,
        false as is_public,
        coalesce(rated_at, asked_at) as seen_at,
        0 as native_order,
        true as is_standing,
        can_join
    from {{ touched_rows(ref('int_ratings_latest'), 'account_id', 'node') }} as r
    where not is_anonymous

),

counted as (

    -- Not joined where any message or survey forbids it, those that are gone included.
    select
        node_id,
        bool_and(can_join) as can_join,
        bool_or(is_public) filter (where is_standing) as is_public,
        min(seen_at) filter (where is_standing) as first_seen_at,
        max(seen_at) filter (where is_standing) as last_seen_at
    from seen
    group by node_id

),

shown as (

    -- As it called itself last, on a message if it wrote one.
    select
        s.node_id,
        s.site,
        s.channel,
        s.native_account,
        s.handle,
        m.display_name,
        m.language_declared as language
    from (
        select distinct on (node_id) * from seen
        where is_standing
        order by
            node_id asc, message_id is null asc, seen_at desc, native_order desc, {{ bytewise('message_id') }} desc
        offset 0
    ) as s
    left join {{ looked_up(ref('int_messages_latest'), 'm', 's.message_id = m.message_id') }}

),

crm as (

    select distinct on (node_id)
        node_id,
        site,
        name,
        town,
        language,
        since,
        bool_and(can_join) over (partition by node_id) as can_join
    from {{ touched_rows(ref('int_crm_latest'), 'node_id') }} as r
    order by node_id asc, batch_id desc, {{ bytewise('crm_id') }} asc

),

profiles as (

    select
        s.node_id,
        s.site,
        s.channel,
        false as is_crm,
        c.is_public,
        c.can_join,
        {{ without_addresses('s.display_name', 's.channel') }} as name,
        -- Of a name in the fediverse what stands before its server.
        case
            when {{ is_of_fediverse('s.channel') }} then nullif(split_part(ltrim(s.handle, '@'), '@', 1), '')
            else {{ without_addresses('s.handle', 's.channel') }}
        end as handle,
        null::text as town,
        s.language,
        c.first_seen_at,
        c.last_seen_at
    from shown as s
    inner join counted as c on s.node_id = c.node_id
    union all
    select
        node_id,
        site,
        'crm' as channel,
        true as is_crm,
        false as is_public,
        can_join,
        {{ without_addresses('name', "''") }} as name,
        null as handle,
        town,
        language,
        since::timestamptz as first_seen_at,
        null as last_seen_at
    from crm

)

-- Of people who were erased nothing is put together again.
select
    p.node_id,
    p.site,
    p.channel,
    p.is_crm,
    p.is_public,
    p.can_join and e.value_hash is null as can_join,
    p.name,
    p.handle,
    p.town,
    p.language,
    p.first_seen_at,
    p.last_seen_at
from profiles as p
left join {{ source('identity', 'suppressions') }} as e
    on identity.keyed_hash('account:' || p.node_id) = e.value_hash
