with source as (

    select * from {{ source('ops', 'sources') }}

),

renamed as (

    select
        source,
        type,
        site,
        brand_id,
        answerable,
        owned,
        panel,
        owner
    from source

)

select * from renamed
