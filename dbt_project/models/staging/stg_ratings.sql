with source as (

    {{ records_of('ratings') }}

),

renamed as (

    select
        ---------- ids
        site,
        record_id,
        version,
        batch_id,
        stream,
        {{ opaque_id('site', 'record_id') }} as rating_id,
        {{ opaque_id(
            'site', account_key("(payload #>> '{mapped,account}')", "(payload #>> '{mapped,channel}')")
        ) }} as account_id,
        payload #>> '{mapped,account}' as native_account,

        ---------- texts and lists
        payload #>> '{mapped,channel}' as channel,
        payload #>> '{mapped,kind}' as kind,
        payload #>> '{mapped,verbatim}' as verbatim,
        {{ mapped_list('identifiers') }},

        ---------- numerics
        (payload #>> '{mapped,value}')::numeric(14, 3) as value,
        (payload #>> '{mapped,scale_min}')::numeric(14, 3) as scale_min,
        (payload #>> '{mapped,scale_max}')::numeric(14, 3) as scale_max,

        ---------- timestamps
        {{ moment_of("payload #>> '{mapped,asked_at}'", "payload #>> '{mapped,time_precision}'") }} as asked_at,
        {{ moment_of("payload #>> '{mapped,rated_at}'", "payload #>> '{mapped,time_precision}'") }} as rated_at,
        collected_at
    from source

)

select * from renamed
