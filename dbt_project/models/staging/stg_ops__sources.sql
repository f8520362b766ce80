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
        (policy ->> 'join')::boolean as can_join,
        coalesce((policy ->> 'show_text')::boolean, true)
        and coalesce((policy ->> 'store_text')::boolean, true) as show_text,
        (policy ->> 'keep_days')::integer as keep_days
    from source

)

select * from renamed
