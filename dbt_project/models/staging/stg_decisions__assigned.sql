with source as (

    select * from {{ source('decisions', 'assigned') }}

),

renamed as (

    select
        ---------- ids
        assignment_id,
        message_id,

        ---------- texts
        assignee,
        decided_by,

        ---------- timestamps
        decided_at
    from source

)

select * from renamed
