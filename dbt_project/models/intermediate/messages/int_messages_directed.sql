{{ config(
    unique_key='thread_id',
    meta={'touches': {'account': 'account_id'}},
    indexes=[
        {'columns': ['message_id'], 'unique': true},
        {'columns': ['thread_id']},
        {'columns': ['account_id']},
        {'columns': ['day']}
    ],
    post_hook="{{ named_index('int_messages_kept', '(kept_until) where ' ~ still_kept()) }}"
) }}

-- Who speaks: a bot that the company lists is one; else what the archive declares wins, then the company's own
-- accounts on the day of writing, else it is a customer. A message dated after it was read is in no figure, as
-- one that left. Which customer messages are for the company is the source's policy; whether one waits for an
-- answer says int_messages_understood, which knows what it says.

with messages as materialized (

    select
        m.*,
        t.thread_id,
        {{ company_day('m.posted_at') }} as day,
        coalesce(
            m.deleted_at,
            case when m.kept_until <= {{ as_of() }} then m.kept_until end,
            case when m.is_dated_ahead then m.posted_at end
        ) as left_at
    from {{ touched_rows(ref('int_messages_threaded'), 'thread_id') }} as t
    inner join {{ looked_up(ref('int_messages_latest'), 'm', 't.message_id = m.message_id') }}

),

aliases as materialized (

    select m.message_id, m.site, m.day, alias.account
    from messages as m
    cross join lateral (values (lower(m.native_account)), (lower(m.handle))) as alias (account)

),

own as (

    select distinct on (m.message_id)
        m.message_id,
        b.brand_id,
        b.kind
    from aliases as m
    inner join {{ ref('brand_accounts') }} as b
        on
            m.site = b.site
            and m.account = lower(b.account)
            and m.day between coalesce(b.valid_from, '-infinity') and coalesce(b.valid_to, 'infinity')
    order by m.message_id asc, b.kind <> 'bot' asc, b.kind asc, b.brand_id asc

),

voiced as (

    select
        m.*,
        own.brand_id as own_brand_id,
        coalesce(
            case own.kind when 'bot' then 'bot' end,
            m.author_role_declared,
            case own.kind when 'brand' then 'brand' when 'agent' then 'brand' end,
            'customer'
        ) as direction
    from messages as m
    left join own on m.message_id = own.message_id

),

listed_handles as (

    select
        site,
        array_agg(distinct lower(account)) as handles,
        bool_or(kind = 'space') as is_own_space
    from {{ ref('brand_accounts') }}
    group by site

),

thread_handles as (

    select thread_id, array_agg(distinct lower(handle)) as handles from voiced
    where direction = 'brand'
    group by thread_id

),

names as (

    select v.thread_id, alias.name
    from voiced as v
    cross join lateral (values (lower(v.handle)), (lower(v.native_account))) as alias (name)
    group by v.thread_id, alias.name

),

named as (

    -- A mention names the longest handle that it can: of who speaks in the thread, or of the company's on that
    -- site.
    select distinct on (v.message_id, mention.written) v.message_id, within.name
    from voiced as v
    cross join unnest(v.mentions) as mention (written)
    cross join unnest({{ names_within('mention.written') }}) as within (name)
    left join names on v.thread_id = names.thread_id and within.name = names.name
    left join {{ ref('brand_accounts') }} as b on v.site = b.site and within.name = lower(b.account)
    where names.name is not null or b.account is not null
    order by v.message_id asc, mention.written asc, length(within.name) desc

),

mentioned as (

    select message_id, array_agg(distinct name order by name) as mentions
    from named
    group by message_id

),

addressed as (

    -- In private, in a review, in a space of the company's own, in answer to it, or with the handle of an account
    -- of its own or of one that speaks in the thread.
    select
        v.message_id,
        coalesce(
            not v.is_public
            or v.rating is not null
            or listed.is_own_space
            or parent.direction = 'brand'
            or m.mentions && listed.handles
            or m.mentions && speaking.handles, false
        ) as is_addressed
    from voiced as v
    inner join {{ ref('stg_ops__sources') }} as s on v.source = s.source
    left join mentioned as m on v.message_id = m.message_id
    left join voiced as parent on v.parent_message_id = parent.message_id and v.thread_id = parent.thread_id
    left join listed_handles as listed on v.site = listed.site
    left join thread_handles as speaking on v.thread_id = speaking.thread_id
    where v.direction = 'customer' and s.answerable <> 'all' and not s.owned

)

select
    v.message_id,
    v.thread_id,
    v.site,
    v.source,
    v.channel,
    v.account_id,
    v.native_account,
    v.handle,
    case when v.direction = 'customer' then v.thread_id || '/' || v.account_id end as conversation_id,
    v.direction,
    coalesce(
        v.brand_id_declared,
        v.own_brand_id,
        s.brand_id,
        case when v.direction = 'brand' then {{ brand_called('v.handle', 'v.site') }} end
    ) as brand_id,
    v.parent_message_id,
    coalesce(m.mentions, '{}') as mentions,
    v.is_public,
    v.rating is not null as is_review,
    v.posted_at,
    v.time_precision,
    v.native_order,
    v.day,
    v.left_at as deleted_at,
    v.is_dated_ahead,
    v.kept_until,
    v.can_join,
    v.direction = 'customer' and v.left_at is null and coalesce(a.is_addressed, true) as is_addressed,
    case when v.direction in ('customer', 'brand') and v.left_at is null then {{ text_hash('v') }} end as text_hash
from voiced as v
inner join {{ ref('stg_ops__sources') }} as s on v.source = s.source
left join addressed as a on v.message_id = a.message_id
left join mentioned as m on v.message_id = m.message_id
