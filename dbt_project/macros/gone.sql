{# `where` condition that a record was not found gone after its latest version was read. #}
{% macro still_stands(record) -%}
    not exists (
        select from {{ source('raw', 'tombstones') }} as t
        where
            t.site = {{ record }}.site
            and t.record_id = {{ record }}.record_id
            and t.stream = {{ record }}.stream
            and t.batch_id > {{ record }}.batch_id
        {{ 'offset 0' if is_incremental() }}
    )
{%- endmacro %}
