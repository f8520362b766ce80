{#
  What is asked of a text: each is a column of understanding.messages, with its probability beside it. Those of
  flows/understand/analyzer.py, and what goes with one of them; a test compares the two lists.
#}
{% macro understood_tasks() %}
    {% do return([
        'language', 'intent', 'second_intent', 'sentiment', 'answerable', 'journey', 'settled', 'noise', 'noise_reason',
        'reply_kind'
    ]) %}
{% endmacro %}

{# `where` condition that a label is sure enough to take somebody's wait away; of what is not, nothing is believed. #}
{% macro is_sure(task) -%}
    {{ task }}_probability >= {{ var('sure_from') }}
{%- endmacro %}

{# Intents that want something of the company, as a list for `in`. Who leaves does: to be let go, or kept. #}
{% macro asking_intents() -%}
    ('question', 'complaint', 'request', 'leaving')
{%- endmacro %}

{# Hash of what an analyser is given of a message: NULL where it has no text. #}
{% macro text_hash(m) -%}
    case
        when coalesce({{ m }}.title, '') || coalesce({{ m }}.body, '') ~ '\S' then sha256(convert_to(concat_ws(
            e'\x1f', {{ m }}.direction, {{ m }}.channel, coalesce({{ m }}.language_declared, ''),
            coalesce({{ m }}.title, ''), coalesce({{ m }}.body, '')
        ), 'UTF8'))
    end
{%- endmacro %}

{#
  Kinds of the company's messages, as a list for `in`: those that close a wait, and those that whoever waits has
  heard at all. An announcement and an automatic message are for nobody.
#}
{% macro reply_kinds(which) -%}
    {%- set closing = "'answer', 'question', 'redirect'" -%}
    ({{ closing }}{{ ", 'holding', 'courtesy'" if which == 'heard' }})
{%- endmacro %}
