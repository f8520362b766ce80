{{ config(
    materialized='table_function',
    contract={'enforced': false},
    meta={
        'arguments': 'first date, last date, ' ~ scope_arguments(),
        'returns': 'wait_id text, customer_id text, channel text, opened_at timestamptz, moved_wait_id text,'
            ~ ' moved_to text, moved_at timestamptz'
    }
) }}

-- Waits of a period whose customer began to wait on another channel before anybody had answered, within 30 days.

with opened as (

    select * from {{ ref('fct_waits') }}
    where day between first and last and {{ in_scope() }}

),

later as (

    select * from {{ ref('fct_waits') }}
    where day between first and last + 30

)

select distinct on (w.wait_id)
    w.wait_id,
    w.customer_id,
    w.channel,
    w.opened_at,
    o.wait_id as moved_wait_id,
    o.channel as moved_to,
    o.opened_at as moved_at
from opened as w
inner join later as o
    on
        w.customer_id = o.customer_id
        and w.channel <> o.channel
        and w.opened_at < o.opened_at
        and least(w.answered_at, w.opened_at + interval '30 days') > o.opened_at
order by w.wait_id asc, o.opened_at asc, {{ bytewise('o.wait_id') }} asc
