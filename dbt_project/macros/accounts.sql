{#
  An account's name as its id has it: in small letters where the site does not tell them from capitals, as said by
  the variable `caseless_channels`, and in every mail address. Elsewhere as it is written.
#}
{% macro account_key(account, channel) -%}
    case
        when
            lower({{ channel }}) in ('{{ var("caseless_channels") | join("', '") }}')
            or {{ account }} like '%_@_%._%' and {{ account }} not like '% %'
            then lower({{ account }})
        else {{ account }}
    end
{%- endmacro %}

{#
  An id of ours from a site's own. One that holds a mail address, a Message-ID or a telephone number is made of its
  keyed hash: ids stand in addresses of pages, in saved files and in logs.
#}
{% macro opaque_id(site, native) -%}
    identity.opaque_id({{ site }}, {{ native }})
{%- endmacro %}

{# Condition that a name is a mail address; on `fediverse_channels` names that look like one are public. #}
{% macro is_address(name, channel) -%}
    ({{ name }} ~ '^[^[:space:]@]+@[^[:space:]@]+[.][^[:space:]@]+$' and not {{ is_of_fediverse(channel) }})
{%- endmacro %}

{% macro is_of_fediverse(channel) -%}
    coalesce(lower({{ channel }}) in ('{{ var("fediverse_channels") | join("', '") }}'), false)
{%- endmacro %}

{# A text with `c…@e….org` for each address in it, and with `…42` for a telephone number that it is. #}
{% macro addresses_masked(text) -%}
    {%- set sign = '[^[:space:]@<>()/,;:"]' %}
    regexp_replace(
        regexp_replace(
            {{ text }}, '({{ sign }}){{ sign }}*@({{ sign }}){{ sign }}*[.]([[:alnum:]-]+)', '\1…@\2….\3', 'g'
        ), '^[+][0-9][0-9 ().-]{4,}([0-9]{2})$', '…\1'
    )
{%- endmacro %}

{# An account's name as it may be shown. #}
{% macro shown_name(name, channel) -%}
    case when {{ is_of_fediverse(channel) }} then {{ name }} else {{ addresses_masked(name) }} end
{%- endmacro %}

{# What stands after the @ of an address: a company's domain names it, its people's boxes do not. #}
{% macro without_local_part(name) -%}
    regexp_replace({{ name }}, '^.+@', '')
{%- endmacro %}

{# A name that is no address or telephone number and holds none; NULL where it does: such are identifiers. #}
{% macro without_addresses(name, channel) -%}
    case
        when
            {{ is_of_fediverse(channel) }}
            or {{ name }} !~ '[^[:space:]]@[^[:space:]@]+[.]'
            and {{ name }} !~ '(^|[^[:alnum:]])[+0][0-9 ().-]{7,}[0-9]'
            then nullif(trim({{ name }}), '')
    end
{%- endmacro %}
