{#
  What the staging models of one entity have in common, whichever source type a stream is of: every payload holds
  the values in the entity's contract under `mapped`.
#}

{% macro mapped_record(entity) -%}
    site,
        record_id,
        version,
        batch_id,
        '{{ entity }}' as stream
{%- endmacro %}

{# A list under `mapped`; nothing where there is none, or something else. #}
{% macro mapped_list(name) -%}
    case when jsonb_typeof(payload #> '{mapped,{{ name }}}') = 'array' then payload #> '{mapped,{{ name }}}' end
        as {{ name }}
{%- endmacro %}

{# A staging model: the record's own columns, then those that the caller selects out of its payload. #}
{% macro mapped_stream(stream) %}
with source as (

    select * from {{ source('raw', stream) }}

),

renamed as (

    select
        ---------- ids
        {{ mapped_record(stream) }},
        {{ caller() }}
    from source

)

select * from renamed
{% endmacro %}

{% macro mapped_messages(stream) %}
{% call mapped_stream(stream) -%}
        {{ opaque_id('site', 'record_id') }} as message_id,
        {{ opaque_id('site', account_key("(payload #>> '{mapped,account}')", "(payload #>> '{mapped,channel}')")) }} as account_id,
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

{%- endcall %}
{% endmacro %}

{% macro mapped_ratings(stream) %}
{% call mapped_stream(stream) -%}
        {{ opaque_id('site', 'record_id') }} as rating_id,
        {{ opaque_id('site', account_key("(payload #>> '{mapped,account}')", "(payload #>> '{mapped,channel}')")) }} as account_id,
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
        (payload #>> '{mapped,asked_at}')::timestamptz as asked_at,
        (payload #>> '{mapped,rated_at}')::timestamptz as rated_at,
        collected_at

{%- endcall %}
{% endmacro %}

{% macro mapped_customers(stream) %}
{% call mapped_stream(stream) -%}
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
        collected_at

{%- endcall %}
{% endmacro %}

{% macro mapped_service_events(stream) %}
{% call mapped_stream(stream) -%}
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

{%- endcall %}
{% endmacro %}

{% macro mapped_contacts(stream) %}
{% call mapped_stream(stream) -%}
        {{ opaque_id('site', 'record_id') }} as contact_id,
        {{ opaque_id('site', account_key("(payload #>> '{mapped,account}')", "(payload #>> '{mapped,channel}')")) }} as account_id,

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

{%- endcall %}
{% endmacro %}

{% macro mapped_permissions(stream) %}
{% call mapped_stream(stream) -%}
        {{ opaque_id('site', 'record_id') }} as permission_id,
        {{ opaque_id('site', account_key("(payload #>> '{mapped,account}')", "(payload #>> '{mapped,channel}')")) }} as account_id,

        ---------- texts and lists
        payload #>> '{mapped,channel}' as channel,
        payload #>> '{mapped,purpose}' as purpose,
        {{ mapped_list('identifiers') }},

        ---------- flags
        (payload #>> '{mapped,allowed}')::boolean as allowed,

        ---------- timestamps
        (payload #>> '{mapped,since}')::timestamptz as since,
        collected_at

{%- endcall %}
{% endmacro %}
