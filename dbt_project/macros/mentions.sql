{#
  Handles that a text addresses with @, small letters, each once. `@anna.b` gives `anna.b` and `anna`: some
  sites allow dots in a handle, on others the dot ends the sentence. Mail addresses are no mentions.
#}
{% macro mentions(body) -%}
    array(
        select distinct lower(found.handle)
        from regexp_matches(
            coalesce({{ body }}, ''), '(?:^|[^[:alnum:]_@])@(([[:alnum:]_]+)(?:[.-][[:alnum:]_]+)*)', 'g'
        ) as matched (handles)
        cross join unnest(matched.handles) as found (handle)
        order by 1
    )
{%- endmacro %}
