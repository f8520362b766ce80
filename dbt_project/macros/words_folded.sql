{#
  The words of a message as people search for them: no accents (written as one sign or as two), no capitals, no plural,
  and what follows an apostrophe stands alone, a curly one too (the parser takes that for a letter).
  The index is made on it, and the app asks by the same expression (`app/data/words.py`).
#}
{% macro words_folded(text) -%}
    regexp_replace(
        regexp_replace(
            replace(replace(translate(lower(normalize({{ text }}, nfkd)), '’ʼ', ''''''), 'œ', 'oe'), 'æ', 'ae'),
            '[\u0300-\u036f]', '', 'g'
        ),
        '(\w\w\w)[sx]\M', '\1', 'g'
    )
{%- endmacro %}
