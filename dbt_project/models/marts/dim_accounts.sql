{{ config(
    unique_key='account_id',
    indexes=[{'columns': ['account_id'], 'unique': true}]
) }}

with messages as (

    select * from {{ ref('int_messages_directed') }}
    where {{ is_touched('account_id', 'account') }}

),

latest as (

    select distinct on (account_id) *
    from messages
    order by account_id asc, posted_at desc, native_order desc, {{ bytewise('message_id') }} desc

),

counted as (

    select
        account_id,
        min(posted_at) as first_seen_at,
        max(posted_at) as last_seen_at,
        count(*) filter (where deleted_at is null) as messages,
        bool_or(direction = 'bot') as is_bot
    from messages
    group by account_id

)

select
    l.account_id,
    l.site,
    l.channel,
    l.native_account,
    l.handle,
    m.display_name,
    l.direction as role,
    c.is_bot,
    c.first_seen_at,
    c.last_seen_at,
    c.messages::integer as messages
from latest as l
inner join counted as c on l.account_id = c.account_id
inner join {{ ref('int_messages_latest') }} as m on l.message_id = m.message_id
