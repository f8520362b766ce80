{# Two models give the same figure, group by group; a group that one of them lacks counts nothing there. #}
{% test agrees_with(model, figure, other, other_figure, by, other_where='true') %}
    with here as (

        select {{ by | join(', ') }}, {{ figure }} as figure
        from {{ model }}
        group by {{ by | join(', ') }}

    ),

    there as (

        select {{ by | join(', ') }}, {{ other_figure }} as figure
        from {{ other }}
        where {{ other_where }}
        group by {{ by | join(', ') }}

    )

    select {{ by | join(', ') }}, here.figure as here, there.figure as there
    from here
    full join there using ({{ by | join(', ') }})
    where coalesce(here.figure, 0) <> coalesce(there.figure, 0)
{% endtest %}
