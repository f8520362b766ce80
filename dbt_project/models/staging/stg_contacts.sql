with source as (

    {{ records_of('contacts') }}

),

renamed as (

    select
        ---------- ids
        site,
        record_id,
        version,
        batch_id,
        stream,
        {{ opaque_id('site', 'record_id') }} as contact_id,
        {{ opaque_id(
            'site', account_key("(payload #>> '{mapped,account}')", "(payload #>> '{mapped,channel}')")
        ) }} as account_id,

        ---------- texts and lists
        payload #>> '{mapped,channel}' as channel,
        payload #>> '{mapped,kind}' as kind,
        payload #>> '{mapped,campaign}' as campaign,
        payload #>> '{mapped,event}' as native_event,
        payload #>> '{mapped,body}' as body,
        {{ mapped_list('identifiers') }},

        ---------- flags
        (payload #>> '{mapped,consent}')::boolean as consent,

        ---------- timestamps
        (payload #>> '{mapped,contacted_at}')::timestamptz as contacted_at,
        collected_at
    from source

)

select * from renamed
