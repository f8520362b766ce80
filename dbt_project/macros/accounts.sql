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
