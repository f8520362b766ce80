{{ config(
    unique_key='node_id',
    meta={'touches': {'value': "type || ':' || value_hash"}},
    indexes=[
        {'columns': ['node_id', 'type', 'value_hash'], 'unique': true},
        {'columns': ['type', 'value_hash']}
    ],
    pre_hook="{{ touch_nodes_of_accounts() if is_incremental() }}"
) }}

-- What accounts and rows of the CRM give of who is behind them. Every node has one at least: an account its own
-- handle, a row of the CRM its number. An account of which nothing stands any more is no node.

with seen as materialized (

    select account_id, site, handle, message_id, deleted_at is null as is_standing, can_join
    from {{ touched_rows(ref('int_messages_directed'), 'account_id', 'node') }} as m
    where direction = 'customer'
    union all
    select account_id, site, native_account as handle, null as message_id, true as is_standing, can_join
    from {{ touched_rows(ref('int_ratings_latest'), 'account_id', 'node') }} as r

),

crm as (

    select * from {{ touched_rows(ref('int_crm_latest'), 'node_id') }} as c

),

policies as (

    -- Not joined where any message, survey or row of the CRM forbids it, those that are gone included.
    select account_id as node_id, bool_and(can_join) as can_join, false as is_crm from seen
    group by account_id
    union all
    select node_id, bool_and(can_join) as can_join, true as is_crm from crm
    group by node_id

),

given as (

    {%- set from_a_list -%}
        i.given ->> 'type' as type, i.given ->> 'value' as value, i.given ->> 'how_known' as how_known
    {%- endset %}

    select seen.account_id as node_id, {{ from_a_list }}
    from seen
    inner join {{ looked_up(ref('int_messages_latest'), 'm', 'seen.message_id = m.message_id') }}
    cross join lateral jsonb_array_elements(m.identifiers) as i (given)
    where seen.is_standing
    union all
    select r.account_id as node_id, {{ from_a_list }}
    from {{ touched_rows(ref('int_ratings_latest'), 'account_id', 'node') }} as r
    cross join lateral jsonb_array_elements(r.identifiers) as i (given)
    union all
    select distinct
        account_id as node_id,
        'handle' as type,
        site || '/' || ltrim(handle, '@') as value,
        'verified' as how_known
    from seen
    where is_standing
    union all
    select node_id, 'customer_number' as type, customer_number as value, 'verified' as how_known from crm
    union all
    select crm.node_id, 'email' as type, e.given ->> 'value' as value, e.given ->> 'how_known' as how_known
    from crm
    cross join lateral jsonb_array_elements(crm.emails) as e (given)
    union all
    select
        crm.node_id,
        'phone' as type,
        coalesce(p.given ->> 'value', p.given #>> '{}') as value,
        'declared' as how_known
    from crm
    cross join lateral jsonb_array_elements(crm.phones) as p (given)
    union all
    select
        crm.node_id,
        'handle' as type,
        (h.given ->> 'site') || '/' || ltrim(h.given ->> 'handle', '@') as value,
        'declared' as how_known
    from crm
    cross join lateral jsonb_array_elements(crm.handles) as h (given)

),

normalised as (

    select
        node_id,
        type,
        {{ normalised_identifier('type', 'value') }} as value,
        case when how_known in ('verified', 'declared') then how_known else 'unverified' end as how_known
    from given
    where type in ('customer_number', 'email', 'phone', 'order_number', 'handle')

),

strongest as (

    select distinct on (node_id, type, value) *
    from normalised
    where value <> ''
    order by
        node_id asc, type asc, value asc, array_position(array['verified', 'declared', 'unverified'], how_known) asc

)

select
    s.node_id,
    s.type,
    identity.keyed_hash(s.value) as value_hash,
    {{ masked_identifier('s.type', 's.value') }} as masked,
    s.how_known,
    p.is_crm,
    p.can_join
    and case s.type
        when 'customer_number' then s.how_known in ('verified', 'declared')
        when 'email' then s.how_known = 'verified'
        else s.type = 'handle'
    end as is_deterministic
from strongest as s
inner join policies as p on s.node_id = p.node_id
