{# Rows of one key are in force one after the other, never two on the same day (both ends count); one that ends first never is. #}
{% test periods_apart(model, columns) %}
    with numbered as (

        select
            *,
            row_number() over (order by {{ columns | join(', ') }}) as row_number,
            case when coalesce(valid_from <= valid_to, true) then daterange(valid_from, valid_to, '[]') end as in_force
        from {{ model }}

    )

    select one.*
    from numbered as one
    inner join numbered as another
        on
            one.row_number < another.row_number
            and one.in_force && another.in_force
            {%- for column in columns %}
            and lower(one.{{ column }}) is not distinct from lower(another.{{ column }})
            {%- endfor %}
{% endtest %}
