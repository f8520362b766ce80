{#
  Records of one kind (messages, ratings, customers, …), every version of them, from all streams that hold such:
  `streams` in dbt_project.yml says which do. Every payload holds the values of its kind's contract under `mapped`.
#}
{% macro records_of(kind) -%}
    {%- for stream in var('streams') if stream.config.meta.holds == kind %}
    {{ 'union all' if not loop.first }}
    select
        site, record_id, version, batch_id, native_order, payload, collected_at, '{{ stream.name }}' as stream
    from {{ source('streams', stream.name) }}
    {%- endfor %}
{%- endmacro %}
