{#
  Handles that a text addresses with @, small letters, each once, as long as they can be read: `@anna.b` gives
  `anna.b`, though the dot may end a sentence. Addresses of mail and of the web are no mentions, nor is what follows
  an @ in them.
#}
{% macro mentions(body) -%}
    {%- set before = "(^|[^[:alnum:]@._%+-])" -%}
    {%- set web = "(?:https?://|www[.])[^[:space:]]*|[[:alnum:]-]+(?:[.][[:alnum:]-]+)+/[^[:space:]]*" -%}
    {%- set mail = "[[:alnum:]._%+-]+@[[:alnum:]-]+(?:[.][[:alnum:]-]+)+" -%}
    array(
        select distinct lower(matched.handles[1])
        from regexp_matches(
            regexp_replace(coalesce({{ body }}, ''), '{{ before }}(?:{{ web }}|{{ mail }})', '\1 ', 'gi'),
            '(?:^|[^[:alnum:]_@])@([[:alnum:]_]+(?:[.-][[:alnum:]_]+)*)', 'g'
        ) as matched (handles)
        order by 1
    )
{%- endmacro %}

{# What a mention may name: all of it, or what stands before one of its dots and hyphens. #}
{% macro names_within(mention) -%}
    case
        when {{ mention }} !~ '[.-]' then array[{{ mention }}]
        else array(
            select left({{ mention }}, n)
            from generate_series(1, length({{ mention }})) as n
            where n = length({{ mention }}) or substr({{ mention }}, n + 1, 1) in ('.', '-')
        )
    end
{%- endmacro %}
