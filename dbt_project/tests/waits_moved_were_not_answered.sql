-- A wait has moved only to another channel of the same customer, before it was answered.
select m.wait_id
from {{ ref('waits_moved') }}('1990-01-01', '2100-01-01') as m
inner join {{ ref('fct_waits') }} as w on m.wait_id = w.wait_id
inner join {{ ref('fct_waits') }} as o on m.moved_wait_id = o.wait_id
where
    w.customer_id <> o.customer_id
    or w.channel = o.channel
    or o.opened_at <= w.opened_at
    or o.opened_at >= coalesce(w.answered_at, 'infinity')
