{# Identifiers of people: written alike before they are hashed, and shown only masked. #}

{# A value that more nodes share than this says nothing of any of them. #}
{% macro most_holders() -%} 40 {%- endmacro %}

{# An address that more accounts of one site share than this is a box that several people read. #}
{% macro most_accounts_of_a_site() -%} 2 {%- endmacro %}

{#
  `where` condition that a normalised value fits a pattern of the seed: one that stands for nothing, or that several
  people use. Capitals and small letters are alike. Columns are given with their table's name: the seed has a `type` too.
#}
{% macro is_uncertain(type, value) -%}
    exists (
        select from {{ ref('uncertain_identifiers') }} as u
        where u.type = {{ type }} and {{ value }} ~* ('^(' || u.pattern || ')$')
    )
{%- endmacro %}

{# A person's name whichever way round, without accents and titles; NULL where nothing is left of it. #}
{% macro person_key(name) -%}
    (
        select string_agg(word, ' ' order by word)
        from regexp_split_to_table(
            regexp_replace(normalize(lower({{ name }}), nfd), '[\u0300-\u036f]', '', 'g'), '[^[:alnum:]]+'
        ) as w (word)
        where word not in ('', 'm', 'mr', 'mrs', 'ms', 'miss', 'mme', 'mlle', 'mle', 'monsieur', 'madame', 'dr')
    )
{%- endmacro %}

{#
  What is left of a birth date where one thing in it is a slip: two of year, month and day, and all three where day and
  month may have changed places. Each is hashed, since hashes have no likeness.
#}
{% macro birth_parts(day) -%}
    (values
        ('0/' || to_char({{ day }}, 'MM-DD')),
        ('1/' || to_char({{ day }}, 'YYYY-DD')),
        ('2/' || to_char({{ day }}, 'YYYY-MM')),
        (
            to_char({{ day }}, 'YYYY-') || least(to_char({{ day }}, 'MM'), to_char({{ day }}, 'DD')) || '-'
            || greatest(to_char({{ day }}, 'MM'), to_char({{ day }}, 'DD'))
        )
    )
{%- endmacro %}

{# A number of a customer or an order: spaces and small letters make no other one of it. #}
{% macro written_number(value) -%}
    upper(regexp_replace({{ value }}, '\s', '', 'g'))
{%- endmacro %}

{% macro normalised_identifier(type, value) -%}
    case {{ type }}
        when 'email' then lower(trim({{ value }}))
        when 'phone' then identity.written_telephone({{ value }})
        when 'handle' then lower(trim({{ value }}))
        when 'link' then lower(trim({{ value }}))
        when 'avatar' then lower(trim({{ value }}))
        when 'site'
            then
                regexp_replace(
                    regexp_replace(lower(trim({{ value }})), '^([a-z]+:)?//(www[.])?', ''), '[/?#]+$', ''
                )
        else {{ written_number(value) }}
    end
{%- endmacro %}

{# `c…@e….org` of an address, the last two characters of a number; a handle is public as it is. #}
{% macro masked_identifier(type, value) -%}
    case {{ type }}
        when 'email'
            then
                left({{ value }}, 1) || '…@' || left(split_part({{ value }}, '@', 2), 1) || '….'
                || coalesce(substring({{ value }} from '@[^@]*[.]([[:alnum:]]+)$'), '')
        when 'handle' then {{ addresses_masked(value) }}
        when 'link' then {{ addresses_masked(value) }}
        when 'site' then {{ addresses_masked(value) }}
        when 'birth_date' then '…'
        when 'birth_part' then '…'
        else '…' || case when length({{ value }}) > 5 then right({{ value }}, 2) else '' end
    end
{%- endmacro %}

{# Accounts that were touched are touched as nodes. #}
{% macro touch_nodes_of_accounts() %}
    insert into ops.touched (refresh_id, kind, key)
    select n.refresh_id, 'node', a.key
    from {{ touched_keys('account') }} as a, ops.refresh_now as n
    on conflict do nothing
{% endmacro %}
