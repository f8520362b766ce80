{{ config(
    unique_key='node_id',
    meta={'touches': {'customer': 'customer_id'}},
    indexes=[
        {'columns': ['node_id'], 'unique': true},
        {'columns': ['component_id']},
        {'columns': ['customer_id']}
    ],
    pre_hook="{{ touch_nodes_of_components() if is_incremental() }}"
) }}

-- Components over what is certain: equal customer numbers, equal verified addresses, a handle that the CRM
-- declares. The hook touched whole components, as they were and as they are. Two people in one, by their numbers,
-- are a contradiction somewhere in it: none of its nodes are joined then.

with recursive identifiers as (

    select node_id, type, value_hash, masked, is_crm
    from {{ touched_rows(ref('int_account_identifiers'), 'node_id') }} as i
    where is_deterministic

),

usable as (

    -- Counted over all nodes: a value that many share counts for nothing, nor does one that customers of different
    -- names have, an address of several accounts of one site, a number that two CRMs issued. A handle counts where
    -- one account has it.
    select
        i.type,
        i.value_hash,
        count(distinct i.node_id) as holders,
        (array_agg(i.node_id order by {{ bytewise('i.node_id') }}))[1] as hub
    from (select distinct type, value_hash from identifiers) as t
    inner join {{ looked_up(
        ref('int_account_identifiers'), 'i', 't.type = i.type and t.value_hash = i.value_hash and i.is_deterministic'
    ) }}
    left join {{ looked_up(ref('int_crm_latest'), 'r', 'i.is_crm and i.node_id = r.node_id') }}
    group by i.type, i.value_hash
    having
        count(distinct i.node_id) <= {{ most_holders() }}
        and count(distinct r.person_key) <= 1
        and case i.type
            when 'handle' then bool_or(i.is_crm) and count(*) filter (where not i.is_crm) = 1
            when 'customer_number' then count(distinct r.site) <= 1
            else {{ most_accounts_of_a_site() }} >= all(
                select count(*)
                from unnest(array_agg(split_part(i.node_id, ':', 1)) filter (where not i.is_crm)) as a (site)
                group by a.site
            )
        end

),

held as (

    select i.node_id, i.type, i.value_hash, i.masked, i.is_crm, u.holders, u.hub
    from identifiers as i
    inner join usable as u on i.type = u.type and i.value_hash = u.value_hash

),

edges as (

    select node_id as one, hub as other from held
    where node_id <> hub
    union
    select hub as one, node_id as other from held
    where node_id <> hub

),

reached as (

    select node_id, node_id as other from held
    union
    select r.node_id, e.other
    from reached as r
    inner join edges as e on r.other = e.one

),

components as (

    select node_id, min({{ bytewise('other') }}) collate "default" as component_id
    from reached
    group by node_id

),

numbers as (

    select distinct c.component_id, h.value_hash, h.is_crm, r.site, r.person_key
    from components as c
    inner join held as h on c.node_id = h.node_id
    left join {{ looked_up(ref('int_crm_latest'), 'r', 'h.is_crm and h.node_id = r.node_id') }}
    where h.type = 'customer_number'

),

contradictions as (

    -- One CRM's numbers of two people, where they may be. Two of one name are one person whose number changed.
    select component_id
    from numbers
    where is_crm
    group by component_id, site
    having count(distinct value_hash) > 1 and (count(distinct person_key) <> 1 or bool_or(person_key is null))
    union
    -- Numbers that accounts gave: the CRM's own, or one that it does not have.
    select component_id
    from numbers
    group by component_id
    having count(distinct value_hash) > greatest(count(distinct value_hash) filter (where is_crm), 1)

),

evidence as (

    select
        node_id,
        min(array_position(array['customer_number', 'email', 'handle'], type)) as strongest,
        string_agg(distinct type || ' ' || masked, ', ') as shared
    from held
    where holders > 1
    group by node_id

),

nodes as (

    select distinct node_id, is_crm from {{ touched_rows(ref('int_account_identifiers'), 'node_id') }} as i

),

placed as (

    select
        n.node_id,
        n.is_crm,
        coalesce(c.component_id, n.node_id) as component_id,
        x.component_id is not null as is_cut
    from nodes as n
    left join components as c on n.node_id = c.node_id
    left join contradictions as x on c.component_id = x.component_id

),

named as (

    select
        *,
        case
            when is_cut then node_id
            else coalesce(
                min({{ bytewise('node_id') }}) filter (where not is_crm) over in_component,
                min({{ bytewise('node_id') }}) over in_component
            ) collate "default"
        end as customer_id
    from placed
    window in_component as (partition by component_id)

)

select
    n.node_id,
    n.is_crm,
    n.component_id,
    n.customer_id,
    n.is_cut,
    case
        when n.is_cut or e.strongest is null then 'single'
        else (array['customer_number', 'verified_email', 'crm_handle'])[e.strongest]
    end as how,
    case
        when n.is_cut then 'two customer numbers, not joined: ' || e.shared
        else e.shared
    end as evidence
from named as n
left join evidence as e on n.node_id = e.node_id
