-- A wait opens when none is open: the one before it is closed by then, and its number is one less. Noise that was
-- left out is over as it begins, and numbered after all others.
with waits as (

    select
        conversation_id,
        wait_number,
        opened_at,
        lag(wait_number, 1, 0) over in_order as number_before,
        lag(closed_at, 1, '-infinity') over in_order as closed_before
    from {{ ref('fct_waits') }}
    where closing_kind is distinct from 'noise' or decision_id is not null
    window in_order as (partition by conversation_id order by wait_number)

)

select * from waits
where wait_number <> number_before + 1 or closed_before is null or closed_before > opened_at
