with source as (

    {{ records_of('messages') }}

),

renamed as (

    select
        ---------- ids
        site,
        record_id,
        version,
        batch_id,
        stream,
        {{ opaque_id('site', 'record_id') }} as message_id,
        {{ opaque_id(
            'site', account_key("(payload #>> '{mapped,account}')", "(payload #>> '{mapped,channel}')")
        ) }} as account_id,
        payload #>> '{mapped,account}' as native_account,
        payload #>> '{mapped,thread}' as native_thread,
        {{ opaque_id('site', "nullif(payload #>> '{mapped,parent}', record_id)") }} as parent_message_id,
        payload #>> '{mapped,brand_id}' as brand_id_declared,

        ---------- texts
        payload #>> '{mapped,channel}' as channel,
        coalesce(payload #>> '{mapped,handle}', payload #>> '{mapped,account}') as handle,
        payload #>> '{mapped,display_name}' as display_name,
        payload #>> '{mapped,author_role_declared}' as author_role_declared,
        payload #>> '{mapped,title}' as title,
        payload #>> '{mapped,body}' as body,
        payload #>> '{mapped,body_missing}' as body_missing,
        payload #>> '{mapped,url}' as url,
        payload #>> '{mapped,language_declared}' as language_declared,
        coalesce(payload #>> '{mapped,time_precision}', 'second') as time_precision,

        ---------- numerics, flags and lists
        native_order,
        coalesce((payload #>> '{mapped,is_public}')::boolean, true) as is_public,
        (payload #>> '{mapped,audience}')::integer as audience,
        (payload #>> '{mapped,rating}')::numeric(14, 3) as rating,
        (payload #>> '{mapped,rating_scale}')::numeric(14, 3) as rating_scale,
        {{ mapped_list('identifiers') }},

        ---------- timestamps
        {{ moment_of("payload #>> '{mapped,posted_at}'", "payload #>> '{mapped,time_precision}'") }} as posted_at,
        (payload #>> '{mapped,edited_at}')::timestamptz as edited_at,
        collected_at
    from source

)

select * from renamed
