{#
  Versions with the source that read each, and with its policy: what the company declares of the site and channel (the
  tightest of all rows that match), tightened by that source. Whoever read a version unchanged left none, and has no say.
#}
{% macro governed(versions, channel) -%}
    select
        v.*,
        b.source,
        coalesce(s.can_join, true) and coalesce(p.can_join, true) as version_can_join,
        coalesce(s.show_text, true) and coalesce(p.show_text, true) as version_show_text,
        least(s.keep_days, p.keep_days) as version_keep_days
    from {{ versions }} as v
    inner join {{ batches_of(versions) }} as b on v.batch_id = b.batch_id
    left join {{ ref('stg_ops__sources') }} as s on b.source = s.source
    cross join lateral (
        select
            bool_and(declared.can_join) as can_join,
            bool_and(declared.show_text) as show_text,
            min(declared.keep_days) as keep_days
        from {{ ref('site_policies') }} as declared
        where {{ is_like('v.site', 'declared.site') }} and {{ is_like(channel, 'declared.channel') }}
    ) as p
{%- endmacro %}

{# The batches that versions came in, each looked up once: a page holds many. All of them in a full build. #}
{% macro batches_of(versions) -%}
    {%- if is_incremental() -%}
        (
            select b.*
            from (select distinct batch_id from {{ versions }}) as r
            inner join {{ looked_up(source('raw', 'batches'), 'b', 'r.batch_id = b.batch_id') }}
            offset 0
        )
    {%- else -%}
        {{ source('raw', 'batches') }}
    {%- endif -%}
{%- endmacro %}

{# The policy of a record: the tightest of its versions'. #}
{% macro tightest(key) -%}
    bool_and(version_can_join) over (partition by {{ key }}) as can_join,
        bool_and(version_show_text) over (partition by {{ key }}) as show_text,
        min(version_keep_days) over (partition by {{ key }}) as keep_days
{%- endmacro %}

{# `where` condition that a text fits a pattern in which * stands for anything, capitals and small letters alike. #}
{% macro is_like(value, pattern) -%}
    lower({{ value }}) like replace(regexp_replace(lower({{ pattern }}), '([%_\\])', '\\\1', 'g'), '*', '%')
{%- endmacro %}

{# The end of the days for which something may be kept; NULL without a limit. #}
{% macro kept_until(moment, days) -%}
    {{ moment }} + make_interval(days => {{ days }})
{%- endmacro %}
