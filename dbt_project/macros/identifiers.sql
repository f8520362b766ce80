{# Identifiers of people: written alike before they are hashed, and shown only masked. #}

{# A value that more nodes share than this says nothing of any of them. #}
{% macro most_holders() -%} 40 {%- endmacro %}

{# An address that more accounts of one site share than this is a box that several people read. #}
{% macro most_accounts_of_a_site() -%} 2 {%- endmacro %}

{#
  `where` condition that a normalised value fits a pattern of the seed: one that stands for nothing, or that several
  people use. Capitals and small letters are alike.
#}
{% macro is_uncertain(type, value) -%}
    exists (
        select from {{ ref('uncertain_identifiers') }} as u
        where u.type = {{ type }} and {{ value }} ~* ('^(' || u.pattern || ')$')
    )
{%- endmacro %}

{# A person's name whichever way round, without accents and titles; NULL where nothing is left of it. #}
{% macro person_key(name) -%}
    (
        select string_agg(word, ' ' order by word)
        from regexp_split_to_table(
            regexp_replace(normalize(lower({{ name }}), nfd), '[\u0300-\u036f]', '', 'g'), '[^[:alnum:]]+'
        ) as w (word)
        where word not in ('', 'm', 'mr', 'mrs', 'ms', 'miss', 'mme', 'mlle', 'mle', 'monsieur', 'madame', 'dr')
    )
{%- endmacro %}

{# A number of a customer or an order: spaces and small letters make no other one of it. #}
{% macro written_number(value) -%}
    upper(regexp_replace({{ value }}, '\s', '', 'g'))
{%- endmacro %}

{% macro normalised_identifier(type, value) -%}
    case {{ type }}
        when 'email' then lower(trim({{ value }}))
        when 'phone' then regexp_replace(regexp_replace({{ value }}, '[^0-9+]', '', 'g'), '^00', '+')
        when 'handle' then lower(trim({{ value }}))
        else {{ written_number(value) }}
    end
{%- endmacro %}

{# `c…@e….org` of an address, the last two characters of a number; a handle is public as it is. #}
{% macro masked_identifier(type, value) -%}
    case {{ type }}
        when 'email'
            then
                left({{ value }}, 1) || '…@' || left(split_part({{ value }}, '@', 2), 1) || '….'
                || coalesce(substring({{ value }} from '@[^@]*[.]([[:alnum:]]+)$'), '')
        when 'handle' then {{ addresses_masked(value) }}
        else '…' || case when length({{ value }}) > 5 then right({{ value }}, 2) else '' end
    end
{%- endmacro %}

{# Accounts that were touched are touched as nodes. #}
{% macro touch_nodes_of_accounts() %}
    insert into ops.touched (refresh_id, kind, key)
    select n.refresh_id, 'node', a.key
    from {{ touched_keys('account') }} as a, ops.refresh_now as n
    on conflict do nothing
{% endmacro %}

{#
  All nodes of every component that can have changed: reached from a touched node, or from one that holds a value
  which a touched node has or had, through the components as they were and the values as they are. A value is
  crossed only where it counts, or may have counted before (without the touched nodes it has few holders).
#}
{% macro touch_nodes_of_components() %}
    {%- set identifiers = ref('int_account_identifiers') %}
    insert into ops.touched (refresh_id, kind, key)
    with recursive touched_values as (
        select split_part(k.key, ':', 1) as type, split_part(k.key, ':', 2) as value_hash
        from {{ touched_keys('value') }} as k
    ),

    holders as (
        select i.node_id, i.type, i.value_hash, n.key is not null as is_touched
        from (
            select i.node_id, i.type, i.value_hash
            from touched_values as t
            inner join {{ looked_up(
                identifiers, 'i', 't.type = i.type and t.value_hash = i.value_hash and i.is_deterministic'
            ) }}
            offset 0
        ) as i
        left join {{ touched_keys('node') }} as n on i.node_id = n.key
    ),

    crossed as (
        select type, value_hash from holders
        group by type, value_hash
        having count(*) filter (where not is_touched) <= {{ most_holders() }}
    ),

    reached as (
        select k.key as node_id from {{ touched_keys('node') }} as k
        union
        select h.node_id from holders as h inner join crossed as c using (type, value_hash)
        union
        select beside.node_id
        from reached as r
        cross join lateral (
            select o.node_id
            from (select component_id from {{ this }} where node_id = r.node_id offset 0) as m
            inner join {{ looked_up(this, 'o', 'm.component_id = o.component_id') }}
            union all
            select o.node_id
            from (
                select i.type, i.value_hash
                from {{ identifiers }} as i
                where
                    i.node_id = r.node_id and i.is_deterministic
                    and (
                        select count(*)
                        from (
                            select from {{ identifiers }} as c
                            where c.type = i.type and c.value_hash = i.value_hash and c.is_deterministic
                            limit {{ most_holders() }} + 1
                        ) as few
                    ) <= {{ most_holders() }}
                offset 0
            ) as i
            inner join {{ looked_up(
                identifiers, 'o', 'i.type = o.type and i.value_hash = o.value_hash and o.is_deterministic'
            ) }}
        ) as beside
    )

    select n.refresh_id, 'node', r.node_id from reached as r, ops.refresh_now as n
    on conflict do nothing
{% endmacro %}

{#
  Before customer_accounts is built: its touched accounts are those of the touched nodes, and the threads of an
  account whose customer is another one now show that customer.
#}
{% macro touch_accounts_and_their_threads() %}
    {%- set joined = ref('int_customers_joined') %}
    insert into ops.touched (refresh_id, kind, key)
    select n.refresh_id, 'account', k.key
    from {{ touched_keys('node') }} as k, ops.refresh_now as n
    union
    select n.refresh_id, 'thread', d.thread_id
    from {{ touched_rows(this, 'account_id', 'node') }} as old
    inner join {{ looked_up(
        joined, 'new', 'old.account_id = new.node_id and old.customer_id <> new.customer_id'
    ) }}
    inner join {{ looked_up(ref('int_messages_directed'), 'd', 'old.account_id = d.account_id') }},
    ops.refresh_now as n
    on conflict do nothing
{% endmacro %}
