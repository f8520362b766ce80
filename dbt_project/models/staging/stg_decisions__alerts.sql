with source as (

    select * from {{ source('decisions', 'alerts') }}

),

renamed as (

    select
        ---------- ids
        decision_id,
        burst_id,
        left(burst_id, length(burst_id) - strpos(reverse(burst_id), '/')) as series_id,

        ---------- texts
        verdict,
        reason,
        decided_by,

        ---------- timestamps
        to_timestamp(right(burst_id, 14), 'YYYY-MM-DD"T"HH24"Z"')::timestamp at time zone 'UTC' as first_at,
        snoozed_until,
        decided_at
    from source

)

select * from renamed
