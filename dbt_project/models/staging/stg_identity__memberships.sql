with source as (

    select * from {{ source('identity', 'memberships') }}

),

renamed as (

    select
        ---------- ids
        node_id,
        customer_id,
        run_id,

        ---------- texts
        how,
        evidence,

        ---------- flags
        is_crm
    from source

)

select * from renamed
