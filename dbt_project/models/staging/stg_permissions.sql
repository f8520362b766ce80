with source as (

    {{ records_of('permissions') }}

),

renamed as (

    select
        ---------- ids
        site,
        record_id,
        version,
        batch_id,
        stream,
        {{ opaque_id('site', 'record_id') }} as permission_id,
        {{ opaque_id(
            'site', account_key("(payload #>> '{mapped,account}')", "(payload #>> '{mapped,channel}')")
        ) }} as account_id,

        ---------- texts and lists
        payload #>> '{mapped,channel}' as channel,
        payload #>> '{mapped,purpose}' as purpose,
        {{ mapped_list('identifiers') }},

        ---------- flags
        (payload #>> '{mapped,allowed}')::boolean as allowed,

        ---------- timestamps
        (payload #>> '{mapped,since}')::timestamptz as since,
        collected_at
    from source

)

select * from renamed
