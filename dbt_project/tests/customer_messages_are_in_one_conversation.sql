-- Every customer message is in exactly one conversation, its own; the bridge and fct_messages say the same.
select
    m.message_id,
    m.conversation_id,
    count(c.conversation_id) as conversations
from {{ ref('fct_messages') }} as m
left join {{ ref('conversation_messages') }} as c on m.message_id = c.message_id
where m.direction = 'customer'
group by m.message_id, m.conversation_id
having
    count(c.conversation_id) <> 1
    or min(c.conversation_id) is distinct from m.conversation_id
    or min(c.role) <> 'customer'
