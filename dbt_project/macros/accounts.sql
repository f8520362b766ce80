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

{# A text with `c…@e….org` for each mail address in it. #}
{% macro mails_masked(text) -%}
    {%- set sign = '[^[:space:]@<>()/,;:"]' %}
    regexp_replace(
        {{ text }}, '({{ sign }}){{ sign }}*@({{ sign }}){{ sign }}*[.]([[:alnum:]-]+)', '\1…@\2….\3', 'g'
    )
{%- endmacro %}

{# Mail addresses masked, and `…42` for a telephone number that it is or holds. #}
{% macro addresses_masked(text) -%}
    identity.telephones_masked({{ mails_masked(text) }})
{%- endmacro %}

{# A number that a company gave its customer, as people know it: a telephone number only where it has its +. #}
{% macro given_number_shown(number) -%}
    case when {{ number }} like '%+%' then {{ addresses_masked(number) }} else {{ mails_masked(number) }} end
{%- endmacro %}

{# An account's name as it may be shown. #}
{% macro shown_name(name, channel) -%}
    case when {{ is_of_fediverse(channel) }} then {{ name }} else {{ addresses_masked(name) }} end
{%- endmacro %}

{#
  The brand of an account that no seed names: as it is called, of an address what stands after the @ (a company's
  domain names it, its people's boxes do not), and of a telephone number the site.
#}
{% macro brand_called(name, site) -%}
    case when identity.is_telephone({{ name }}) then {{ site }} else regexp_replace({{ name }}, '^.+@', '') end
{%- endmacro %}

{# A name that is no address or telephone number and holds none; NULL where it does: such are identifiers. #}
{% macro without_addresses(name, channel) -%}
    case
        when
            {{ is_of_fediverse(channel) }}
            or {{ name }} !~ '[^[:space:]]@[^[:space:]@]+[.]'
            and {{ name }} !~ '(^|[^[:alnum:]])[+0][0-9 ().-]{7,}[0-9]'
            and not coalesce(identity.is_telephone({{ name }}), false)
            then nullif(trim({{ name }}), '')
    end
{%- endmacro %}
