{{ config(
    unique_key='node_id',
    indexes=[
        {'columns': ['node_id', 'type', 'value_hash'], 'unique': true},
        {'columns': ['type', 'value_hash']}
    ]
) }}

-- What accounts and rows of the CRM give of who is behind them, besides what int_account_profiles shows. What was
-- erased with a person is not kept again.

with seen as materialized (

    select
        account_id,
        site,
        channel,
        native_account,
        handle,
        message_id,
        posted_at as said_at,
        deleted_at is null as is_standing
    from {{ touched_rows(ref('int_messages_directed'), 'account_id', 'node') }} as m
    where direction = 'customer'
    union all
    select
        account_id,
        site,
        channel,
        native_account,
        case when account_id not like '%#anonymous' then native_account end as handle,
        null as message_id,
        coalesce(rated_at, asked_at) as said_at,
        true as is_standing
    from {{ touched_rows(ref('int_ratings_latest'), 'account_id', 'node') }} as r
    where not is_anonymous

),

crm as (

    select * from {{ touched_rows(ref('int_crm_latest'), 'node_id') }} as c

),

given as (

    {%- set from_a_list -%}
        i.given ->> 'type' as type, i.given ->> 'value' as value, i.given ->> 'how_known' as how_known
    {%- endset %}

    select seen.account_id as node_id, {{ from_a_list }}, seen.said_at
    from seen
    inner join {{ looked_up(ref('int_messages_latest'), 'm', 'seen.message_id = m.message_id') }}
    cross join lateral jsonb_array_elements(m.identifiers) as i (given)
    where seen.is_standing
    union all
    select r.account_id as node_id, {{ from_a_list }}, coalesce(r.rated_at, r.asked_at) as said_at
    from {{ touched_rows(ref('int_ratings_latest'), 'account_id', 'node') }} as r
    cross join lateral jsonb_array_elements(r.identifiers) as i (given)
    union all
    select distinct
        account_id as node_id,
        'handle' as type,
        site || '/' || ltrim(handle, '@') as value,
        'verified' as how_known,
        null::timestamptz as said_at
    from seen
    where is_standing
    union all
    -- Whoever is called by an address or a telephone number is found by it.
    select distinct
        account_id as node_id,
        'email' as type,
        native_account as value,
        'unverified' as how_known,
        null::timestamptz as said_at
    from seen
    where is_standing and {{ is_address('native_account', 'channel') }}
    union all
    select distinct
        account_id as node_id,
        'phone' as type,
        identity.telephone_of(native_account) as value,
        'unverified' as how_known,
        null::timestamptz as said_at
    from seen
    where is_standing and identity.telephone_of(native_account) is not null
    union all
    select node_id, 'customer_number' as type, customer_number as value, 'verified' as how_known, null as said_at
    from crm
    union all
    select node_id, 'email' as type, customer_number as value, 'declared' as how_known, null as said_at
    from crm
    where {{ is_address('customer_number', "''") }}
    union all
    select
        crm.node_id,
        'email' as type,
        e.given ->> 'value' as value,
        e.given ->> 'how_known' as how_known,
        null as said_at
    from crm
    cross join lateral jsonb_array_elements(crm.emails) as e (given)
    union all
    select
        crm.node_id,
        'phone' as type,
        coalesce(p.given ->> 'value', p.given #>> '{}') as value,
        'declared' as how_known,
        null as said_at
    from crm
    cross join lateral jsonb_array_elements(crm.phones) as p (given)
    union all
    select
        crm.node_id,
        'handle' as type,
        (h.given ->> 'site') || '/' || ltrim(h.given ->> 'handle', '@') as value,
        'declared' as how_known,
        null as said_at
    from crm
    cross join lateral jsonb_array_elements(crm.handles) as h (given)
    union all
    select
        node_id,
        'birth_date' as type,
        to_char(birth_date, 'YYYY-MM-DD') as value,
        'declared' as how_known,
        null as said_at
    from crm
    where birth_date is not null
    union all
    -- A date that was typed to fill a field has no parts either.
    select
        crm.node_id,
        'birth_part' as type,
        b.part as value,
        'declared' as how_known,
        null as said_at
    from crm
    cross join lateral {{ birth_parts('crm.birth_date') }} as b (part)
    where not {{ is_uncertain("'birth_date'", "to_char(crm.birth_date, 'YYYY-MM-DD')") }}

),

normalised as (

    select
        node_id,
        type,
        {{ normalised_identifier('type', 'value') }} as value,
        case when how_known in ('verified', 'declared') then how_known else 'unverified' end as how_known,
        said_at
    from given
    where
        type in (
            'customer_number', 'email', 'phone', 'order_number', 'handle', 'link', 'site', 'avatar', 'birth_date',
            'birth_part'
        )

),

strongest as (

    select
        node_id,
        type,
        value,
        (array['verified', 'declared', 'unverified'])[
            min(array_position(array['verified', 'declared', 'unverified'], how_known))
        ] as how_known,
        max(said_at) filter (where how_known <> 'unverified') as said_at
    from normalised
    where value <> ''
    group by node_id, type, value

),

dated as (

    -- A customer number that changes ends the one before it: an account has the one that was said last.
    select
        *,
        type = 'customer_number'
        and row_number() over (
            partition by node_id, type order by said_at desc nulls last, {{ bytewise('value') }} desc
        ) > 1 as has_ended
    from strongest

),

judged as (

    select
        *,
        {{ is_uncertain('dated.type', 'dated.value') }} as is_uncertain
    from dated

)

select
    s.node_id,
    s.type,
    identity.keyed_hash(s.value) as value_hash,
    {{ masked_identifier('s.type', 's.value') }} as masked,
    s.how_known,
    p.is_crm,
    s.has_ended,
    s.is_uncertain,
    p.can_join
    and not s.has_ended
    and not s.is_uncertain
    and case s.type
        when 'customer_number' then s.how_known in ('verified', 'declared')
        when 'email' then s.how_known = 'verified'
        when 'site' then s.how_known = 'verified'
        else s.type = 'handle'
    end as is_deterministic
from judged as s
inner join {{ touched_rows(ref('int_account_profiles'), 'node_id') }} as p on s.node_id = p.node_id
where not exists (
    select from {{ source('identity', 'suppressions') }} as e
    where e.value_hash = identity.keyed_hash(s.value)
)
