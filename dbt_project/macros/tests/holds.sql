{# A rule that every row keeps. A rule on something unknown (NULL) is kept. #}
{% test holds(model, rule) %}
    select * from {{ model }}
    where not ({{ rule }})
{% endtest %}
