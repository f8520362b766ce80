with source as (

    select * from {{ source('raw', 'files__messages') }}

),

renamed as (

    select
        ---------- ids
        site,
        record_id,
        version,
        batch_id,
        'files__messages' as stream,
        site || ':' || record_id as message_id,
        site || ':' || (payload #>> '{mapped,account}') as account_id,
        payload #>> '{mapped,account}' as native_account,
        payload #>> '{mapped,thread}' as native_thread,
        nullif(site || ':' || (payload #>> '{mapped,parent}'), site || ':' || record_id) as parent_message_id,
        payload #>> '{mapped,brand_id}' as brand_id_declared,

        ---------- texts
        payload #>> '{mapped,channel}' as channel,
        coalesce(payload #>> '{mapped,handle}', payload #>> '{mapped,account}') as handle,
        payload #>> '{mapped,display_name}' as display_name,
        payload #>> '{mapped,author_role_declared}' as author_role_declared,
        payload #>> '{mapped,title}' as title,
        payload #>> '{mapped,body}' as body,
        payload #>> '{mapped,url}' as url,
        payload #>> '{mapped,language_declared}' as language_declared,
        coalesce(payload #>> '{mapped,time_precision}', 'second') as time_precision,

        ---------- numerics and flags
        native_order,
        coalesce((payload #>> '{mapped,is_public}')::boolean, true) as is_public,
        (payload #>> '{mapped,audience}')::integer as audience,
        (payload #>> '{mapped,rating}')::numeric(14, 3) as rating,
        (payload #>> '{mapped,rating_scale}')::numeric(14, 3) as rating_scale,

        ---------- timestamps
        (payload #>> '{mapped,posted_at}')::timestamptz as posted_at,
        (payload #>> '{mapped,edited_at}')::timestamptz as edited_at,
        collected_at

    from source

)

select * from renamed
