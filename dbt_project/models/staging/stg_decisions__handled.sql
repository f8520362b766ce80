with source as (

    select * from {{ source('decisions', 'handled') }}

),

renamed as (

    select
        ---------- ids
        decision_id,
        wait_id,
        message_id,
        copy_of,

        ---------- texts
        verdict,
        reason,
        decided_by,

        ---------- timestamps
        answered_at,
        decided_at
    from source

)

select * from renamed
