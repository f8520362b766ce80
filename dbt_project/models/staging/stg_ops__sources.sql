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
        owner,
        (policy ->> 'join')::boolean as can_join
    from source

)

select * from renamed
