{# A calendar's openings of one weekday do not overlap; one may begin when another ends. #}
{% test openings_apart(model) %}
    select one.*
    from {{ model }} as one
    inner join {{ model }} as another
        on one.calendar = another.calendar and one.weekday = another.weekday and one.opens < another.opens
    where one.closes > another.opens
{% endtest %}
