{#
  The words of a message as people search for them: no accents (written as one sign or as two), no capitals, no plural.
  The index is made on it, and the app asks by the same expression (`app/data/words.py`).
#}
{% macro words_folded(text) -%}
    regexp_replace(
        regexp_replace(
            replace(replace(lower(normalize({{ text }}, nfkd)), 'œ', 'oe'), 'æ', 'ae'), '[\u0300-\u036f]', '', 'g'
        ),
        '(\w\w\w)[sx]\M', '\1', 'g'
    )
{%- endmacro %}
