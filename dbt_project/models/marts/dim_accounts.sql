{{ config(
    unique_key='account_id',
    indexes=[{'columns': ['account_id'], 'unique': true}]
) }}

with messages as (

    select * from {{ ref('int_messages_directed') }}
    where {{ is_touched('account_id', 'account') }}

),

latest as (

    select distinct on (m.account_id)
        m.account_id,
        m.site,
        m.channel,
        m.native_account,
        l.handle,
        l.display_name,
        m.direction as role
    from messages as m
    inner join {{ ref('int_messages_latest') }} as l on m.message_id = l.message_id
    order by m.account_id asc, m.posted_at desc, m.native_order desc, m.message_id collate "C" desc

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
    l.display_name,
    l.role,
    c.is_bot,
    c.first_seen_at,
    c.last_seen_at,
    c.messages::integer as messages
from latest as l
inner join counted as c on l.account_id = c.account_id
