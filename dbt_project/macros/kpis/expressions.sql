{#
  Every KPI, once: what it counts (`of`, see kpi_facts), how (`kind`, see kinds.sql) and which rows. Its name, unit and
  words stand in the seed kpi_definitions. To add one: a line here, a row there, a test.

  Kinds: count (rows `among`), total (sum of `values`), share (of rows `among`, those `where`), quantile (`at` of
  `values`), mean (of `values`), distinct (`values`), net_promoters (values of -1, 0, 1).
#}
{% macro kpi_expressions() %}
    {%- set excluded = "closing_kind in ('not_for_us', 'noise', 'copy')" -%}
    {%- set counted = "coalesce(closing_kind, '') not in ('not_for_us', 'noise', 'copy')" -%}
    {%- set outside = "closing_kind = 'outside'" -%}
    {%- set answered = 'answered_at is not null' -%}
    {%- set redirected = "closing_kind = 'redirect'" -%}
    {%- set waits = [
        {'kpi': 'waits_opened', 'kind': 'count', 'among': 'true'},
        {'kpi': 'waits_counted', 'kind': 'count', 'among': counted},
        {'kpi': 'waits_excluded', 'kind': 'count', 'among': excluded},
        {'kpi': 'waits_outside', 'kind': 'count', 'among': outside},
        {'kpi': 'waits_resolved_unanswered', 'kind': 'count', 'among': "closing_kind in ('desk', 'bot_silence')"},
        {'kpi': 'waits_settled', 'kind': 'count', 'among': "closing_kind = 'settled'"},
        {'kpi': 'waits_acknowledged', 'kind': 'count', 'among': 'acknowledged_at is not null'},
        {'kpi': 'waits_answered', 'kind': 'count', 'among': answered},
        {'kpi': 'waits_redirected', 'kind': 'count', 'among': redirected},
        {'kpi': 'waits_asked_back', 'kind': 'count', 'among': "closing_kind = 'question'"},
        {'kpi': 'waits_unsure', 'kind': 'count', 'among': 'kind_unsure and ' ~ answered},
        {'kpi': 'waits_open', 'kind': 'count', 'among': 'closed_at is null'},
        {'kpi': 'answered_rate', 'kind': 'share', 'where': answered, 'among': counted},
        {
            'kpi': 'answered_or_sent_on_rate', 'kind': 'share', 'among': counted,
            'where': answered ~ ' or ' ~ redirected,
        },
        {'kpi': 'handled_rate', 'kind': 'share', 'where': answered ~ ' or ' ~ outside, 'among': counted},
        {'kpi': 'excluded_rate', 'kind': 'share', 'where': excluded, 'among': 'true'},
        {'kpi': 'response_minutes_median', 'kind': 'quantile', 'values': 'response_minutes', 'at': 0.5},
        {'kpi': 'response_minutes_p90', 'kind': 'quantile', 'values': 'response_minutes', 'at': 0.9},
        {'kpi': 'response_open_minutes_median', 'kind': 'quantile', 'values': 'response_open_minutes', 'at': 0.5},
        {'kpi': 'response_open_minutes_p90', 'kind': 'quantile', 'values': 'response_open_minutes', 'at': 0.9},
        {
            'kpi': 'first_response_minutes_median', 'kind': 'quantile', 'at': 0.5,
            'values': 'case when wait_number = 1 then response_minutes end',
        },
        {'kpi': 'answer_minutes_median', 'kind': 'quantile', 'values': 'answer_minutes', 'at': 0.5},
        {'kpi': 'answer_minutes_p90', 'kind': 'quantile', 'values': 'answer_minutes', 'at': 0.9},
        {
            'kpi': 'first_answer_minutes_median', 'kind': 'quantile', 'at': 0.5,
            'values': 'case when wait_number = 1 then answer_minutes end',
        },
        {'kpi': 'promises_due', 'kind': 'count', 'among': 'promise_kept is not null'},
        {'kpi': 'promises_kept', 'kind': 'count', 'among': 'promise_kept'},
        {'kpi': 'promise_kept_rate', 'kind': 'share', 'where': 'promise_kept', 'among': 'promise_kept is not null'},
        {
            'kpi': 'promise_kept_or_sent_on_rate', 'kind': 'share', 'where': 'promise_kept_or_sent_on',
            'among': 'promise_kept is not null',
        },
    ] -%}
    {%- set conversations = [
        {'kpi': 'conversations_opened', 'kind': 'count', 'among': 'true'},
        {'kpi': 'conversations_resolved', 'kind': 'count', 'among': 'resolved_at is not null'},
        {'kpi': 'resolutions', 'kind': 'total', 'values': 'resolutions'},
        {'kpi': 'reopens', 'kind': 'total', 'values': 'reopens'},
        {'kpi': 'one_touch_rate', 'kind': 'share', 'where': 'is_one_touch', 'among': 'is_one_touch is not null'},
    ] -%}
    {%- set resolutions = [
        {'kpi': 'resolution_minutes_median', 'kind': 'quantile', 'values': 'resolution_minutes', 'at': 0.5},
        {'kpi': 'resolution_minutes_p90', 'kind': 'quantile', 'values': 'resolution_minutes', 'at': 0.9},
    ] -%}
    {%- set ratings = [
        {'kpi': 'rating_mean', 'kind': 'mean', 'values': "case when kind = 'review' then value_01 end"},
        {'kpi': 'csat_rate', 'kind': 'share', 'where': 'value_01 >= 0.75', 'among': "kind = 'csat'"},
        {'kpi': 'nps', 'kind': 'net_promoters', 'values': 'promotes'},
        {'kpi': 'promoters', 'kind': 'count', 'among': 'promotes = 1'},
        {'kpi': 'passives', 'kind': 'count', 'among': 'promotes = 0'},
        {'kpi': 'detractors', 'kind': 'count', 'among': 'promotes = -1'},
    ] -%}
    {%- set surveys = [
        {'kpi': 'csat_response_rate', 'kind': 'share', 'where': 'value_01 is not null', 'among': "kind = 'csat'"},
        {'kpi': 'nps_response_rate', 'kind': 'share', 'where': 'value_01 is not null', 'among': "kind = 'nps'"},
    ] -%}
    {%- set feels = "(case when direction = 'customer' and not is_noise then case sentiment"
        ~ " when 'positive' then 1 when 'neutral' then 0 when 'negative' then -1 end end)" -%}
    {%- set messages = [
        {'kpi': 'messages', 'kind': 'count', 'among': 'true'},
        {'kpi': 'customer_messages', 'kind': 'count', 'among': "direction = 'customer'"},
        {'kpi': 'brand_messages', 'kind': 'count', 'among': "direction = 'brand'"},
        {'kpi': 'bot_messages', 'kind': 'count', 'among': "direction = 'bot'"},
        {
            'kpi': 'customer_accounts', 'kind': 'distinct',
            'values': "case when direction = 'customer' then account_id end",
        },
        {'kpi': 'messages_understood', 'kind': 'count', 'among': feels ~ ' is not null'},
        {'kpi': 'net_sentiment', 'kind': 'net_promoters', 'values': feels},
        {'kpi': 'neutral_rate', 'kind': 'share', 'where': feels ~ ' = 0', 'among': feels ~ ' is not null'},
        {'kpi': 'net_sentiment_polar', 'kind': 'net_promoters', 'values': 'nullif(' ~ feels ~ ', 0)'},
    ] -%}
    {%- set turnarounds = [
        {'kpi': 'turnaround_rate', 'kind': 'share', 'where': 'has_recovered', 'among': 'true'},
        {'kpi': 'conversations_recovered', 'kind': 'count', 'among': 'has_recovered'},
    ] -%}
    {%- set peer_answers = [
        {'kpi': 'waits_helped_by_peers', 'kind': 'count', 'among': 'true'},
    ] -%}
    {% do return({
        'waits': waits, 'conversations': conversations, 'resolutions': resolutions, 'ratings': ratings,
        'surveys': surveys, 'messages': messages, 'turnarounds': turnarounds, 'peer_answers': peer_answers
    }) %}
{% endmacro %}

{#
  What the KPIs of one kind count: the mart, the day that puts a row into a period, and which rows are meant at all.
  Only the mart that is asked for is referred to: a model depends on what it reads.
#}
{% macro kpi_facts(of) %}
    {%- if of == 'waits' -%}
        {% do return({'from': ref('fct_waits'), 'day': 'day', 'where': 'true'}) %}
    {%- elif of == 'conversations' -%}
        {% do return({'from': ref('fct_conversations'), 'day': 'day', 'where': 'waits > 0'}) %}
    {%- elif of == 'resolutions' -%}
        {% do return({'from': ref('fct_resolutions'), 'day': 'began_day', 'where': 'had_waited'}) %}
    {%- elif of == 'ratings' -%}
        {% do return({'from': ref('fct_ratings'), 'day': 'day', 'where': 'value_01 is not null'}) %}
    {%- elif of == 'surveys' -%}
        {% do return({'from': ref('fct_ratings'), 'day': 'asked_day', 'where': 'true'}) %}
    {%- elif of == 'turnarounds' -%}
        {% do return({'from': ref('fct_turnarounds'), 'day': 'day', 'where': 'true'}) %}
    {%- elif of == 'peer_answers' -%}
        {% do return({'from': ref('fct_peer_answers'), 'day': 'day', 'where': 'true'}) %}
    {%- elif of == 'messages' -%}
        {% do return({'from': ref('fct_messages'), 'day': 'day', 'where': 'true'}) %}
    {%- endif -%}
{% endmacro %}

{# Names of all KPIs, of one kind of facts or of all. #}
{% macro kpi_names(facts=none) %}
    {%- set names = [] -%}
    {%- for of, listed in kpi_expressions().items() if facts is none or of == facts -%}
        {%- for kpi in listed %}{% do names.append(kpi.kpi) %}{% endfor -%}
    {%- endfor -%}
    {% do return(names) %}
{% endmacro %}
