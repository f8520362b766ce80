with source as (

    {{ records_of('statuses') }}

),

renamed as (

    select
        ---------- ids
        site,
        record_id,
        version,
        batch_id,
        stream,
        {{ opaque_id('site', 'record_id') }} as status_id,
        {{ opaque_id('site', "payload #>> '{mapped,thread}'") }} as thread_id,

        ---------- texts
        payload #>> '{mapped,status}' as status,
        payload #>> '{mapped,said}' as said,
        coalesce(payload #>> '{mapped,time_precision}', 'second') as time_precision,

        ---------- numerics
        native_order,

        ---------- timestamps
        (payload #>> '{mapped,at}')::timestamptz as at,
        collected_at
    from source

)

select * from renamed
