{#
  dbt's own drops the table it replaces with every view on it, and a refresh makes views only when the project
  changes. An incremental model with a unique_key of one value does the same and leaves no gap.
#}
{% materialization table, adapter='postgres' %}
    {{ exceptions.raise_compiler_error(
        model.name ~ ": materialized='table' leaves its readers nothing while it is made again; leave `materialized`"
        ~ " out (incremental, by its unique_key), or use 'view' or 'table_function'"
    ) }}
{% endmaterialization %}
