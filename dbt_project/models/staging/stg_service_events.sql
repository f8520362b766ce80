with source as (

    {{ records_of('service_events') }}

),

renamed as (

    select
        ---------- ids
        site,
        record_id,
        version,
        batch_id,
        stream,
        {{ opaque_id('site', 'record_id') }} as notice_id,
        {{ opaque_id('site', "payload #>> '{mapped,event}'") }} as service_event_id,
        {{ opaque_id('site', account_key("(payload #>> '{mapped,account}')", "''")) }} as account_id,

        ---------- texts and lists
        payload #>> '{mapped,what}' as what,
        payload #>> '{mapped,title}' as title,
        payload #>> '{mapped,product}' as product,
        payload #>> '{mapped,place}' as place,
        {{ mapped_list('identifiers') }},

        ---------- timestamps
        (payload #>> '{mapped,started_at}')::timestamptz as started_at,
        (payload #>> '{mapped,ended_at}')::timestamptz as ended_at,
        collected_at
    from source

)

select * from renamed
