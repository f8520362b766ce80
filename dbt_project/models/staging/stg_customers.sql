with source as (

    {{ records_of('customers') }}

),

renamed as (

    select
        ---------- ids
        site,
        record_id,
        version,
        batch_id,
        stream,
        {{ opaque_id('site', 'record_id') }} as crm_id,
        trim(payload #>> '{mapped,customer_number}') as customer_number,

        ---------- texts and lists
        payload #>> '{mapped,name}' as name,
        payload #>> '{mapped,segment}' as segment,
        payload #>> '{mapped,language}' as language,
        payload #>> '{mapped,town}' as town,
        {{ mapped_list('emails') }},
        {{ mapped_list('phones') }},
        {{ mapped_list('handles') }},
        {{ mapped_list('products') }},

        ---------- numerics
        (payload #>> '{mapped,value_eur}')::numeric(14, 2) as value_eur,

        ---------- timestamps
        left(payload #>> '{mapped,since}', 10)::date as since,
        left(payload #>> '{mapped,birth_date}', 10)::date as birth_date,
        collected_at
    from source

)

select * from renamed
