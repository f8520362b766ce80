with source as (

    select * from {{ source('decisions', 'labels') }}

),

renamed as (

    select
        ---------- ids
        label_id,
        message_id,

        ---------- texts
        task,
        value,
        decided_by,

        ---------- timestamps
        decided_at
    from source

)

select * from renamed
