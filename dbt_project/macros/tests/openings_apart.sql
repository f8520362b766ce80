{# A calendar's openings of one weekday, or one day, do not overlap; one may begin when another ends. #}
{% test openings_apart(model, by) %}
    select one.*
    from {{ model }} as one
    inner join {{ model }} as another
        on
            one.calendar = another.calendar and one.{{ by }} = another.{{ by }}
            and (one.opens < another.opens or another.opens is null)
    where one.closes > coalesce(another.opens, time '00:00')
{% endtest %}
