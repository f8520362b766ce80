{# Identifiers of people: written alike before they are hashed, and shown only masked. #}

{# A value that more nodes share than this says nothing of any of them. #}
{% macro most_holders() -%} 40 {%- endmacro %}

{% macro normalised_identifier(type, value) -%}
    case {{ type }}
        when 'email' then lower(trim({{ value }}))
        when 'phone' then regexp_replace(regexp_replace({{ value }}, '[^0-9+]', '', 'g'), '^00', '+')
        when 'handle' then lower(trim({{ value }}))
        else upper(regexp_replace({{ value }}, '\s', '', 'g'))
    end
{%- endmacro %}

{# `c…@e….org` of an address, the last two characters of a number; a handle is public as it is. #}
{% macro masked_identifier(type, value) -%}
    case {{ type }}
        when 'email'
            then
                left({{ value }}, 1) || '…@' || left(split_part({{ value }}, '@', 2), 1) || '….'
                || coalesce(substring({{ value }} from '@[^@]*[.]([[:alnum:]]+)$'), '')
        when 'handle' then {{ value }}
        else '…' || case when length({{ value }}) > 5 then right({{ value }}, 2) else '' end
    end
{%- endmacro %}

{# Accounts that were touched are touched as nodes. #}
{% macro touch_nodes_of_accounts() %}
    insert into ops.touched (refresh_id, kind, key)
    select n.refresh_id, 'node', a.key
    from ops.touched_now as a, ops.refresh_now as n
    where a.kind = 'account'
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
        from ops.touched_now as k
        where k.kind = 'value'
    ),

    holders as (
        select i.node_id, t.type, t.value_hash, i.node_id in {{ touched_keys('node') }} as is_touched
        from touched_values as t
        inner join {{ identifiers }} as i
            on t.type = i.type and t.value_hash = i.value_hash and i.is_deterministic
    ),

    crossed as (
        select type, value_hash from holders
        group by type, value_hash
        having count(*) filter (where not is_touched) <= {{ most_holders() }}
    ),

    reached as (
        select k.key as node_id from ops.touched_now as k
        where k.kind = 'node'
        union
        select h.node_id from holders as h inner join crossed as c using (type, value_hash)
        union
        select beside.node_id
        from reached as r
        cross join lateral (
            select o.node_id
            from {{ this }} as m inner join {{ this }} as o on m.component_id = o.component_id
            where m.node_id = r.node_id
            union all
            select o.node_id
            from {{ identifiers }} as i
            inner join {{ identifiers }} as o
                on i.type = o.type and i.value_hash = o.value_hash and o.is_deterministic
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
    from ops.touched_now as k, ops.refresh_now as n
    where k.kind = 'node' and not starts_with(k.key, 'crm:')
    union
    select n.refresh_id, 'thread', d.thread_id
    from {{ this }} as old
    inner join {{ joined }} as new on old.account_id = new.node_id and old.customer_id <> new.customer_id
    inner join {{ ref('int_messages_directed') }} as d on old.account_id = d.account_id, ops.refresh_now as n
    where old.account_id in {{ touched_keys('node') }}
    on conflict do nothing;
    analyze ops.touched
{% endmacro %}
