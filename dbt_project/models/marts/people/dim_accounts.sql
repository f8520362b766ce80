{{ config(
    unique_key='account_id',
    indexes=[{'columns': ['account_id'], 'unique': true}]
) }}

with messages as materialized (

    select
        account_id,
        message_id,
        site,
        channel,
        native_account,
        handle,
        direction,
        posted_at,
        native_order
    from {{ touched_rows(ref('int_messages_directed'), 'account_id') }} as m
    where deleted_at is null

),

last_written as materialized (

    select distinct on (account_id) * from messages
    order by account_id asc, posted_at desc, native_order desc, {{ bytewise('message_id') }} desc

),

latest as materialized (

    select
        d.*,
        m.display_name
    from last_written as d
    inner join {{ looked_up(ref('int_messages_latest'), 'm', 'd.message_id = m.message_id') }}

),

counted as (

    select
        account_id,
        min(posted_at) as first_seen_at,
        max(posted_at) as last_seen_at,
        count(*) as messages,
        bool_or(direction = 'bot') as is_bot
    from messages
    group by account_id

),

surveyed as (

    select
        account_id,
        min(site) as site,
        min(channel) as channel,
        min(native_account) as native_account,
        min(coalesce(asked_at, rated_at)) as first_seen_at,
        max(coalesce(rated_at, asked_at)) as last_seen_at
    from {{ touched_rows(ref('int_ratings_latest'), 'account_id') }} as r
    where not is_anonymous
    group by account_id

)

select
    coalesce(l.account_id, s.account_id) as account_id,
    coalesce(l.site, s.site) as site,
    coalesce(l.channel, s.channel) as channel,
    {{ shown_name('coalesce(l.native_account, s.native_account)', 'coalesce(l.channel, s.channel)') }}
        as native_account,
    {{ shown_name('coalesce(l.handle, s.native_account)', 'coalesce(l.channel, s.channel)') }} as handle,
    {{ shown_name('l.display_name', 'l.channel') }} as display_name,
    coalesce(l.direction, 'customer') as role,
    coalesce(c.is_bot, false) as is_bot,
    least(c.first_seen_at, s.first_seen_at) as first_seen_at,
    greatest(c.last_seen_at, s.last_seen_at) as last_seen_at,
    coalesce(c.messages, 0)::integer as messages
from latest as l
inner join counted as c on l.account_id = c.account_id
full join surveyed as s on l.account_id = s.account_id
