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
-- declares. The hook touched whole components, as they were and as they are. Two customer numbers in one are a
-- contradiction somewhere in it: none of its nodes are joined then.

with recursive identifiers as (

    select node_id, type, value_hash, masked, is_crm
    from {{ touched_rows(ref('int_account_identifiers'), 'node_id') }} as i
    where is_deterministic

),

usable as (

    -- Counted over all nodes: a value that many share counts for nothing, a handle where one account has it.
    select
        i.type,
        i.value_hash,
        count(*) as holders,
        (array_agg(i.node_id order by {{ bytewise('i.node_id') }}))[1] as hub
    from (select distinct type, value_hash from identifiers) as t
    inner join {{ looked_up(
        ref('int_account_identifiers'), 'i', 't.type = i.type and t.value_hash = i.value_hash and i.is_deterministic'
    ) }}
    group by i.type, i.value_hash
    having
        count(*) <= {{ most_holders() }}
        and (i.type <> 'handle' or (bool_or(i.is_crm) and count(*) filter (where not i.is_crm) = 1))

),

held as (

    select i.node_id, i.type, i.value_hash, i.masked, u.holders, u.hub
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

contradictions as (

    select c.component_id
    from components as c
    inner join held as h on c.node_id = h.node_id
    where h.type = 'customer_number'
    group by c.component_id
    having count(distinct h.value_hash) > 1

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
