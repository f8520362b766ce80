with source as (

    select * from {{ source('raw', 'files__statuses') }}

),

renamed as (

    select
        ---------- ids
        {{ mapped_record('files__statuses') }},
        site || ':' || record_id as status_id,
        site || ':' || (payload #>> '{mapped,thread}') as thread_id,

        ---------- texts
        payload #>> '{mapped,status}' as status,

        ---------- numerics
        native_order,

        ---------- timestamps
        (payload #>> '{mapped,at}')::timestamptz as at,
        collected_at

    from source

)

select * from renamed
