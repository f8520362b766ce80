{#
  The policy of each record among `versions`: the tightest of all sources that read one of its versions, and of what
  the company declares of the site and channel. Whoever read it unchanged left no version, and has no say.
#}
{% macro governed(versions, key, channel) -%}
    select
        v.{{ key }},
        bool_and(coalesce(s.can_join, true) and coalesce(p.can_join, true)) as can_join,
        bool_and(coalesce(s.show_text, true) and coalesce(p.show_text, true)) as show_text,
        min(least(s.keep_days, p.keep_days)) as keep_days
    from {{ versions }} as v
    inner join {{ source('raw', 'batches') }} as b on v.batch_id = b.batch_id
    left join {{ ref('stg_ops__sources') }} as s on b.source = s.source
    left join {{ ref('site_policies') }} as p
        on {{ is_like('v.site', 'p.site') }} and {{ is_like(channel, 'p.channel') }}
    group by v.{{ key }}
{%- endmacro %}

{# `where` condition that a text fits a pattern in which * stands for anything, capitals and small letters alike. #}
{% macro is_like(value, pattern) -%}
    lower({{ value }}) like replace(regexp_replace(lower({{ pattern }}), '([%_\\])', '\\\1', 'g'), '*', '%')
{%- endmacro %}

{# The end of the days for which something may be kept; NULL without a limit. #}
{% macro kept_until(moment, days) -%}
    {{ moment }} + make_interval(days => {{ days }})
{%- endmacro %}
