{# dbt's own test of not_null finds the column alone, which is empty; the row says whose it is. #}
{% macro default__test_not_null(model, column_name) %}
    select * from {{ model }}
    where {{ column_name }} is null
{% endmacro %}
