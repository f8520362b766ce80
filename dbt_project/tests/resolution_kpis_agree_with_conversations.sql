-- The period function over all days gives what fct_conversations and fct_resolutions give, and resolutions whose
-- customer never waited are the only ones it leaves out.
with here as (

    select *
    from {{ ref('resolution_kpis') }}('2000-01-01', '2100-01-01')
    where grouping_channel is null

),

there as (

    select
        count(distinct c.conversation_id) as conversations_opened,
        count(r.resolution_id) as resolutions,
        count(r.reopened_at) as reopens,
        count(distinct c.conversation_id) filter (where c.is_one_touch) as one_touch_n
    from {{ ref('fct_conversations') }} as c
    left join {{ ref('fct_resolutions') }} as r on c.conversation_id = r.conversation_id
    where c.waits > 0

)

select
    here.resolutions as here,
    there.resolutions as there
from here
cross join there
where
    here.conversations_opened <> there.conversations_opened
    or here.resolutions <> there.resolutions
    or here.reopens <> there.reopens
    or here.one_touch_n <> there.one_touch_n
